import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { Redis } from 'ioredis';
import { lastValueFrom, timeout, toArray } from 'rxjs';
import { redisTransportOptions } from '@app/platform';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { waitFor } from '../support/wait.ts';

const place = { latitude: 19.07, longitude: 72.87, address: 'Dock 4' };
const body = { pickup: place, drop: place, vehicleType: 'open', trucksNeeded: 1 };
const actorOf = (sub: string): object => ({ sub, role: 'customer' });

let cluster: Cluster;
let client: ClientProxy;
/** Hears every reply, also those that no caller waits for any more. */
let replies: Redis;

beforeAll(async () => {
  cluster = await startCluster({ bookings: 3, orders: 1 });
  client = ClientProxyFactory.create({
    transport: Transport.REDIS,
    options: { ...redisTransportOptions(cluster.redis.url) },
  });
  await client.connect();
  replies = new Redis(cluster.redis.url);
  await waitFor(
    async () => {
      const counts = await cluster.redis.client.pubsub('NUMSUB', 'booking.create');
      return counts[1] === 3;
    },
    { describe: 'all replicas to listen' },
  );
});

afterAll(async () => {
  replies.disconnect();
  await client.close();
  await cluster.stop();
});

/** Every answer that one request gets until its stream ends. */
function answersTo(pattern: string, payload: object): Promise<unknown[]> {
  return lastValueFrom(client.send<unknown>(pattern, payload).pipe(timeout(10_000), toArray()));
}

describe('P11: a request over the Redis transport with three replicas', () => {
  test('is carried out once and answered once, 1,000 times', async () => {
    const errors: unknown[] = [];
    let published = 0;
    await replies.subscribe('booking.create.reply');
    replies.on('message', (_channel, message) => {
      const packet = JSON.parse(message) as { err?: unknown };
      published += 1;
      if (packet.err !== undefined) errors.push(packet.err);
    });

    for (let batch = 0; batch < 20; batch += 1) {
      const creates = Array.from({ length: 50 }, (_, index) =>
        answersTo('booking.create', { ...body, actor: actorOf(`rpc-${batch}-${index}`) }),
      );
      for (const answers of await Promise.all(creates)) expect(answers).toHaveLength(1);
    }

    const [row] = await cluster.database.query<{ rows: number; customers: number }>(
      `SELECT count(*)::integer AS rows, count(DISTINCT customer_id)::integer AS customers FROM bookings`,
    );
    expect(row).toEqual({ rows: 1000, customers: 1000 });
    expect(errors).toEqual([]);
    expect(published).toBe(1000);
  });

  test('is answered by the refusal once, when the customer has a broadcast', async () => {
    const payload = { ...body, actor: actorOf('rpc-0-0') };
    const refusals = await Promise.allSettled(
      Array.from({ length: 20 }, () => answersTo('booking.create', payload)),
    );
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        status: 'rejected',
        reason: { code: 'ORDER_ACTIVE_EXISTS', status: 409 },
      });
    }
  });

  test.each([
    ['is too large', JSON.stringify({ pattern: 'booking.create', id: 'x', data: 'y'.repeat(10_000_000) })],
    ['is no JSON', 'not json'],
    ['is no packet', '[]'],
    ['has an id that is none', JSON.stringify({ pattern: 'booking.create', id: { a: 1 }, data: body })],
    [
      'has an id of 10,000 characters',
      JSON.stringify({ pattern: 'booking.create', id: 'i'.repeat(10_000), data: body }),
    ],
    ['has no id', JSON.stringify({ pattern: 'booking.create', data: { ...body, actor: actorOf('forged') } })],
  ])('changes nothing and ends no process when it %s', async (_, message) => {
    await cluster.redis.client.publish('booking.create', message);
    const answers = await answersTo('booking.get', {
      id: '01a204a5-d213-7279-a359-211ce87e7be2',
      actor: actorOf('c1'),
    }).catch((error: unknown) => error);
    expect(answers).toMatchObject({ code: 'NOT_FOUND' });
    for (const service of cluster.bookings) {
      expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    }
    expect(await cluster.database.query(`SELECT 1 FROM bookings WHERE customer_id = 'forged'`)).toEqual([]);
  });

  test('that was taken by a replica which then died succeeds when it is sent again', async () => {
    const [victim] = cluster.bookings;
    await victim!.pause(); // it hears messages and answers none
    const others = Array.from({ length: 30 }, (_, index) => ({ ...body, actor: actorOf(`again-${index}`) }));
    const first = await Promise.allSettled(
      others.map((payload) =>
        lastValueFrom(client.send<unknown>('booking.create', payload).pipe(timeout(2_000), toArray())),
      ),
    );
    expect(first.every(({ status }) => status === 'fulfilled')).toBe(true); // a paused process claims nothing
    await victim!.kill();
    const rows = await cluster.database.query(`SELECT 1 FROM bookings WHERE customer_id LIKE 'again-%'`);
    expect(rows).toHaveLength(30);
  });
});
