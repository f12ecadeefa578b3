import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { createApiClient } from '../support/api-client.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, keyOf, lockOf } from '../support/customer.ts';
import { CHANNELS, observeEvents, type EventLog } from '../support/event-log.ts';
import { holdWriters, type Hold } from '../support/hold.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { waitFor } from '../support/wait.ts';

const TERMINAL = 'customer-broadcast.terminal';
const REQUEST_CHANNELS = ['booking.create', 'booking.cancel', 'booking.expire-due', 'order.accept'];

describe('a stale actor', () => {
  let cluster: Cluster;
  let log: EventLog;
  let booking: ServiceProcess;
  let booking2: ServiceProcess;
  let order: ServiceProcess;
  let holds: Hold[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ bookings: 2, orders: 1 });
    [booking, booking2] = cluster.bookings as [ServiceProcess, ServiceProcess];
    order = cluster.orders[0]!;
    log = await observeEvents(cluster.redis.url);
    for (const channel of CHANNELS) await listening(channel, 4);
    for (const channel of REQUEST_CHANNELS) await listening(channel, 1);
  });
  afterEach(async () => {
    for (const { pid } of [booking, booking2, order]) process.kill(pid, 'SIGCONT');
    await Promise.all(holds.map((hold) => hold.release()));
    holds = [];
  });
  afterAll(async () => {
    log.stop();
    await cluster.stop();
  });

  const listening = (channel: string, count: number) =>
    waitFor(async () => Number((await cluster.redis.client.pubsub('NUMSUB', channel))[1]) >= count);
  const hold = async (table: string, at: 'statement' | 'commit', sub: string) => {
    const made = await holdWriters(cluster.database, {
      table,
      on: 'INSERT',
      at,
      when: `NEW.customer_id = '${sub}'`,
    });
    holds.push(made);
    return made;
  };
  const key = (sub: string): Promise<string | null> => cluster.redis.client.get(keyOf(sub));
  const activeOf = (sub: string) =>
    cluster.database.query<{ id: string }>('SELECT id FROM active_broadcasts WHERE customer_id = $1', [sub]);

  /**
   * Sends a request packet, and returns when every replica has replied: what was published before was handled too. Sent
   * again when it was lost: Redis drops a subscriber that lags 32 MB behind, which then comes back by itself.
   */
  const settle = async (channel: string, data: unknown, replies: number): Promise<void> => {
    const subscriber = cluster.redis.client.duplicate({ enableOfflineQueue: true, lazyConnect: false });
    try {
      const seen: string[] = [];
      subscriber.on('message', (_, message) => seen.push(message));
      await subscriber.subscribe(`${channel}.reply`);
      const ask = async (): Promise<boolean> => {
        const id = randomUUID();
        await cluster.redis.client.publish(channel, JSON.stringify({ pattern: channel, data, id }));
        const isAnswered = () => seen.filter((message) => message.includes(id)).length >= replies;
        return waitFor(isAnswered, { timeoutMs: 3000, describe: `${replies} replies on ${channel}` });
      };
      await waitFor(ask, { timeoutMs: 20_000, describe: `${replies} replies on ${channel}` });
    } finally {
      subscriber.disconnect();
    }
  };

  it('that replays the terminal event of an old broadcast leaves the key of the new one', async () => {
    const customer = customerAt(booking, 'replayed');
    const old = await customer.create();
    await customer.cancel(old.body.id);
    const event = (await log.reached(old.body.id, TERMINAL))[0]!.packet;
    const current = await customerAt(order, 'replayed').create();
    expect(current.status).toBe(201);

    const asEvent = JSON.stringify({ pattern: TERMINAL, data: event.data });
    for (let i = 0; i < 5; i++) await cluster.redis.client.publish(TERMINAL, asEvent);
    await settle(TERMINAL, event.data, 3);
    expect(await key('replayed')).toBe(`order:${current.body.id}`);
    expect((await customerAt(booking2, 'replayed').create()).status).toBe(409);
  });

  it('whose lock was lost before its insert is refused, and the second create has its broadcast', async () => {
    const held = await hold('bookings', 'statement', 'lost');
    const first = customerAt(booking, 'lost').create();
    await held.reached();
    await cluster.redis.client.del(lockOf('lost'));
    const second = await customerAt(order, 'lost').create();
    expect(second.status).toBe(201);
    await held.release();
    const late = await first;
    expect(late.status).toBe(409);
    expect(late.body.activeBroadcast?.id).toBe(second.body.id);
    expect(await activeOf('lost')).toEqual([{ id: second.body.id }]);
    expect(await key('lost')).toBe(`order:${second.body.id}`);
  });

  it('that releases late does not remove the lock of the second create', async () => {
    const heldFirst = await hold('bookings', 'statement', 'released');
    const first = customerAt(booking, 'released').create();
    await heldFirst.reached();
    await cluster.redis.client.del(lockOf('released'));
    const heldSecond = await hold('orders', 'statement', 'released');
    const second = customerAt(order, 'released').create();
    await heldSecond.reached();
    const lockOfSecond = await cluster.redis.client.get(lockOf('released'));
    expect(lockOfSecond).not.toBeNull();

    await heldFirst.terminate();
    expect((await first).status).toBe(503); // its release has been sent before its answer
    expect(await cluster.redis.client.get(lockOf('released'))).toBe(lockOfSecond);
    const third = await customerAt(booking2, 'released').create();
    expect(third.status).toBe(409);
    expect(third.body.activeBroadcast).toBeNull();
    await heldSecond.release();
    expect((await second).status).toBe(201);
    expect(await activeOf('released')).toHaveLength(1);
  });

  it('that slept through its lock before the check is refused by the check', async () => {
    const blocker = await cluster.database.pool.connect();
    await blocker.query('BEGIN; LOCK TABLE bookings IN ACCESS EXCLUSIVE MODE');
    const first = customerAt(booking, 'slept').create();
    await waitFor(async () => (await cluster.redis.client.exists(lockOf('slept'))) === 1);
    await booking.pause();
    await cluster.redis.client.del(lockOf('slept')); // what 10 s would do
    await blocker.query('ROLLBACK');
    blocker.release();
    const second = await customerAt(booking2, 'slept').create();
    expect(second.status).toBe(201);
    await booking.resume();
    expect((await first).status).toBe(409);
    expect(await activeOf('slept')).toEqual([{ id: second.body.id }]);
  });

  it('that was paused between commit and key writes no key of a broadcast that has ended', async () => {
    const held = await hold('bookings', 'commit', 'paused');
    const first = customerAt(booking, 'paused').create();
    await held.reached();
    await booking.pause();
    await held.release();
    const [row] = await waitFor(async () => {
      const rows = await activeOf('paused');
      return rows.length === 1 && rows;
    });
    expect((await customerAt(booking2, 'paused').cancel(row!.id)).status).toBe(200);
    await booking.resume();
    expect((await first).status).toBe(201);
    expect(await key('paused')).toBeNull();
    expect((await customerAt(order, 'paused').create()).status).toBe(201);
  });

  it('that was paused between commit and key leaves the key of the next broadcast', async () => {
    const held = await hold('bookings', 'commit', 'overtaken');
    const first = customerAt(booking, 'overtaken').create();
    await held.reached();
    await booking.pause();
    await held.release();
    const [row] = await waitFor(async () => {
      const rows = await activeOf('overtaken');
      return rows.length === 1 && rows;
    });
    await customerAt(booking2, 'overtaken').cancel(row!.id);
    await cluster.redis.client.del(lockOf('overtaken')); // what 10 s would do
    const next = await customerAt(order, 'overtaken').create();
    expect(next.status).toBe(201);
    await booking.resume();
    await first;
    expect(await key('overtaken')).toBe(`order:${next.body.id}`);
  });

  it('that forges messages changes no state and ends no process', async () => {
    const victim = customerAt(booking, 'victim');
    const created = await victim.create();
    await log.reached(created.body.id, 'customer-broadcast.opened');
    await waitFor(async () => (await activeStatus(created.body.id)) === 'active');
    const forged = { kind: 'booking', broadcastId: created.body.id, customerId: 'victim' };
    const huge = 'x'.repeat(10 * 1024 * 1024);
    const payloads = [
      ...['', 'null', '7', '"text"', '[]', '{}', '{"id":1}', '{"data":', '\u0000'],
      JSON.stringify({ pattern: TERMINAL, data: null, id: null }),
      JSON.stringify({ pattern: TERMINAL, data: { ...forged, customerId: ['victim'] }, id: { a: 1 } }),
      JSON.stringify({ pattern: TERMINAL, data: { ...forged, broadcastId: '*', status: 'expired' } }),
      JSON.stringify({ pattern: TERMINAL, data: { ...forged, customerId: `vic\u0000tim${huge}` }, id: 'h' }),
      JSON.stringify({ pattern: TERMINAL, data: huge }),
      `{"pattern":"x","id":"deep","data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      `{"pattern":"x","data":{"__proto__":{"role":"operator"},"constructor":{"prototype":{}}},"id":"p"}`,
      JSON.stringify({ pattern: TERMINAL, data: forged }),
    ];
    for (const channel of [...CHANNELS, ...REQUEST_CHANNELS]) {
      for (const payload of payloads) await cluster.redis.client.publish(channel, payload);
    }
    for (const channel of CHANNELS) await settle(channel, forged, 3);
    for (const { url } of [booking, booking2, order]) {
      expect((await createApiClient(url, null).get('/health/live')).status).toBe(200);
    }
    expect(await activeStatus(created.body.id)).toBe('active');
    const refused = await customerAt(order, 'victim').create();
    expect(refused.status).toBe(409);
    expect(refused.body.activeBroadcast?.id).toBe(created.body.id);
  });

  const activeStatus = async (id: string): Promise<string | undefined> =>
    (await cluster.database.query<{ status: string }>('SELECT status FROM bookings WHERE id = $1', [id]))[0]
      ?.status;
});
