import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, keyOf, REQUESTS } from '../support/customer.ts';
import { observeEvents, type EventLog } from '../support/event-log.ts';
import { holdWriters } from '../support/hold.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startTestRedis, type TestRedis } from '../support/test-redis.ts';
import { waitFor } from '../support/wait.ts';

const OPENED = 'customer-broadcast.opened';
const TERMINAL = 'customer-broadcast.terminal';

describe('an event of a transition', () => {
  let redis: TestRedis;
  let proxy: TcpProxy;
  let log: EventLog;
  let cluster: Cluster;

  beforeAll(async () => {
    redis = await startTestRedis();
    proxy = await startTcpProxy(redis.url);
  });
  beforeEach(async () => {
    log = await observeEvents(redis.url);
  });
  afterEach(() => log.stop());
  afterAll(async () => {
    await proxy.stop();
    await redis.stop();
  });

  /** Replicas that hear events through the proxy. */
  const start = async (bookings: number, orders: number): Promise<void> => {
    cluster = await startCluster({ redis, bookings, orders, redisUrl: proxy.url });
    const expected = bookings + orders;
    await waitFor(async () => Number((await redis.client.pubsub('NUMSUB', TERMINAL))[1]) >= expected);
  };
  const cancelBySql = (id: string) =>
    cluster.database.query(`UPDATE bookings SET status = 'cancelled' WHERE id = $1`, [id]);
  const undelivered = () =>
    cluster.database.query('SELECT id FROM customer_broadcast_outbox WHERE delivered_at IS NULL');
  const allDelivered = () =>
    waitFor(async () => (await undelivered()).length === 0, {
      timeoutMs: 15_000,
      describe: 'an empty outbox',
    });
  const channelsOf = (id: string): string[] => log.of(id).map(({ channel }) => channel);

  describe('with a replica of each service', () => {
    beforeAll(() => start(1, 1));
    afterAll(() => cluster.stop());

    it('is a Nest packet on the channel of its name, with every field, opened before terminal', async () => {
      const opened: { id: string; sub: string; kind: string }[] = [];
      for (let i = 0; i < 20; i++) {
        const service = [...cluster.bookings, ...cluster.orders][i % 2]!;
        const customer = customerAt(service, `ordered-${i}`);
        const { body } = await customer.create();
        await customer.cancel(body.id);
        opened.push({ id: body.id, sub: customer.sub, kind: REQUESTS[service.name].kind });
      }
      for (const { id, sub, kind } of opened) {
        await log.reached(id, TERMINAL);
        expect(channelsOf(id).indexOf(OPENED)).toBeLessThan(channelsOf(id).indexOf(TERMINAL));
        for (const { channel, packet } of log.of(id)) {
          expect(packet.pattern).toBe(channel);
          expect(packet.data).toEqual({
            eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            kind,
            broadcastId: id,
            customerId: sub,
            status: channel === OPENED ? 'created' : 'cancelled',
            occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          });
        }
      }
      await allDelivered();
    });

    it('is delivered after an outage in which no listener could be reached, in order', async () => {
      proxy.refuse();
      const ids: string[] = [];
      for (const service of [...cluster.bookings, ...cluster.orders]) {
        const customer = customerAt(service, `cut-off-${service.name}`);
        for (let i = 0; i < 3; i++) {
          const { body } = await customer.create();
          expect((await customer.cancel(body.id)).status).toBe(200);
          ids.push(body.id);
        }
      }
      expect(await undelivered()).toHaveLength(2 * ids.length);
      expect(log.events).toHaveLength(0);
      proxy.pass();
      await allDelivered();
      for (const id of ids) expect([...new Set(channelsOf(id))]).toEqual([OPENED, TERMINAL]);
    });
  });

  describe('with one replica', () => {
    let replica: ServiceProcess | null = null;

    beforeAll(() => start(0, 0));
    beforeEach(async () => {
      replica ??= await cluster.add('booking-service');
    });
    afterAll(() => cluster.stop());

    it('comes again until a listener has acted, and holds up no other broadcast', async () => {
      const stuck = customerAt(replica!, 'stuck');
      const { body } = await stuck.create();
      await allDelivered();
      await redis.client.multi().del(keyOf('stuck')).lpush(keyOf('stuck'), 'no key of ours').exec();
      await cancelBySql(body.id);
      await log.reached(body.id, TERMINAL, 2); // nobody has acknowledged it
      const other = customerAt(replica!, 'other');
      const created = await other.create();
      await other.cancel(created.body.id);
      await waitFor(async () => (await undelivered()).length === 1, { timeoutMs: 10_000 });
      await redis.client.del(keyOf('stuck'));
      await allDelivered();
    });

    it('comes again from another replica when the relay dies between delivery and mark, with one effect', async () => {
      const hold = await holdWriters(cluster.database, {
        table: 'customer_broadcast_outbox',
        on: 'UPDATE',
        at: 'statement',
        when: `NEW.delivered_at IS NOT NULL AND NEW.type = 'terminal'`,
      });
      const first = await customerAt(replica!, 'marked').create();
      await log.reached(first.body.id, OPENED);
      await cancelBySql(first.body.id);
      await hold.reached();
      await replica!.kill();
      await hold.terminate();
      await hold.release();
      expect(await undelivered()).toHaveLength(1);

      replica = await cluster.add('booking-service');
      const second = await customerAt(replica, 'marked').create();
      expect(second.status).toBe(201);
      await allDelivered();
      const terminals = log.of(first.body.id).filter(({ channel }) => channel === TERMINAL);
      expect(terminals.length).toBeGreaterThanOrEqual(2);
      expect(new Set(terminals.map(({ packet }) => packet.data.eventId)).size).toBe(1);
      expect(await redis.client.get(keyOf('marked'))).toBe(`booking:${second.body.id}`);
      const endings = await cluster.database.query(
        `SELECT id FROM customer_broadcast_transitions WHERE broadcast_id = $1 AND to_status = 'cancelled'`,
        [first.body.id],
      );
      expect(endings).toHaveLength(1);
    });

    it('reaches a listener that has subscribed again by itself after Redis was restarted while idle', async () => {
      const { body } = await customerAt(replica!, 'idle').create();
      await allDelivered();
      await redis.restart();
      await waitFor(async () => (await redis.client.exists(keyOf('idle'))) === 1, { timeoutMs: 10_000 });
      await cancelBySql(body.id);
      await waitFor(async () => (await redis.client.exists(keyOf('idle'))) === 0, { timeoutMs: 10_000 });
      await allDelivered();
    });
  });

  describe('with no replica yet', () => {
    beforeAll(() => start(0, 0));
    afterAll(() => cluster.stop());

    it('of a row written while no service ran is delivered when one starts', async () => {
      const [row] = await cluster.database.query<{ id: string }>(
        `INSERT INTO bookings (id, customer_id, trucks_needed, expires_at, pickup, drop_off, vehicle_type)
         VALUES (gen_random_uuid(), 'psql', 1, now() + interval '1 minute', '{}', '{}', 'open') RETURNING id`,
      );
      await cancelBySql(row!.id);
      await cluster.add('booking-service');
      await allDelivered();
      expect([...new Set(channelsOf(row!.id))]).toEqual([OPENED, TERMINAL]);
    });
  });
});
