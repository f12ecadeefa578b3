import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, keyOf, lockOf } from '../support/customer.ts';
import { race } from '../support/race.ts';
import { OUTAGE, untilEverywhere } from '../support/redis-outage.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { waitFor } from '../support/wait.ts';

describe('an outage of Redis', () => {
  let cluster: Cluster;
  let services: ServiceProcess[];

  beforeAll(async () => {
    cluster = await startCluster({ bookings: 1, orders: 1 });
    services = [...cluster.bookings, ...cluster.orders];
  });
  afterAll(() => cluster.stop());

  describe.each(['killed', 'frozen'] as const)('with Redis %s', (outage) => {
    const { strike, heal } = OUTAGE[outage];
    let customers = 0;
    const newCustomer = (): string => `${outage}-${++customers}`;

    const everywhere = (state: string): Promise<void> => untilEverywhere(services, state);

    it('creates, refusals, cancels and expiry go on from Postgres, never two at once, and all heals', async () => {
      await everywhere('200 {"status":"ok"}');
      const [booking, order] = services as [ServiceProcess, ServiceProcess];
      const before = customerAt(booking, newCustomer());
      const held = await before.create();
      await strike(cluster);

      const { fulfilled } = await race(16, (i) => customerAt(services[i % 2]!, `racer-${outage}`).create());
      expect(fulfilled.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(15).fill(409)]);
      const winner = fulfilled.find(({ status }) => status === 201)!.body;
      const refused = await customerAt(order, `racer-${outage}`).create();
      expect(refused.body.activeBroadcast?.id).toBe(winner.id);

      for (let i = 0; i < 10; i++) {
        const customer = customerAt(services[i % 2]!, `cycler-${outage}`);
        const created = await customer.create();
        expect(created.status).toBe(201);
        expect((await customer.cancel(created.body.id)).status).toBe(200);
      }

      await cluster.database.query(`UPDATE bookings SET expires_at = clock_timestamp() WHERE id = $1`, [
        held.body.id,
      ]);
      await waitFor(async () => {
        const found = await before.api.get(`/v1/bookings/${held.body.id}`);
        return found.body.status === 'expired';
      });
      await everywhere('200 {"status":"degraded","degraded":["redis"]}');

      await heal(cluster);
      await everywhere('200 {"status":"ok"}');
      await waitFor(
        async () => (await cluster.redis.client.get(keyOf(`racer-${outage}`)))?.endsWith(winner.id),
        {
          timeoutMs: 10_000,
          describe: 'the key of a broadcast of the outage',
        },
      );
      await waitFor(async () => (await cluster.redis.client.exists(keyOf(before.sub))) === 0, {
        timeoutMs: 10_000,
        describe: 'the key of a broadcast that ended in the outage to be gone',
      });
      const undelivered = 'SELECT id FROM customer_broadcast_outbox WHERE delivered_at IS NULL';
      await waitFor(async () => (await cluster.database.query(undelivered)).length === 0, {
        timeoutMs: 15_000,
        describe: 'every event of the outage to be delivered',
      });
    });

    it('a lock asked for in the outage blocks no customer afterwards', async () => {
      await everywhere('200 {"status":"ok"}');
      const free: string[] = [];
      await strike(cluster);
      for (const service of services) {
        const customer = customerAt(service, newCustomer());
        const created = await customer.create();
        expect(created.status).toBe(201);
        await customer.cancel(created.body.id);
        free.push(customer.sub);
      }
      await heal(cluster);
      // The promise for a customer whose slot is free: a second at most.
      for (const [i, sub] of free.entries()) {
        const next = customerAt(services[(i + 1) % 2]!, sub);
        await waitFor(async () => (await next.create()).status === 201, { timeoutMs: 1000 });
      }
      await waitFor(async () => (await cluster.redis.client.exists(...free.map(lockOf))) === 0, {
        timeoutMs: 2000,
        describe: 'no lock of the outage to be left',
      });
    });

    it('readiness says degraded without any request having met the outage', async () => {
      await everywhere('200 {"status":"ok"}');
      await strike(cluster);
      await everywhere('200 {"status":"degraded","degraded":["redis"]}');
      await heal(cluster);
      await everywhere('200 {"status":"ok"}');
    });
  });
});
