import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createApiClient } from '../support/api-client.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, keyOf, lockOf, median, timed } from '../support/customer.ts';
import { race } from '../support/race.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { waitFor } from '../support/wait.ts';

/** What the promise allows the first requests, over the median of a healthy Redis. */
const FIRST_EXTRA_MS = 250;
/** What it allows the rest. Healthy creates pay six round trips to Redis that these do not, so there is room. */
const LATER_EXTRA_MS = 10;
/** Medians over several outages and replicas, so that one pause of a loaded machine decides nothing. */
const OUTAGES = 3;
const SAMPLES = 15;

const OUTAGE = {
  killed: { strike: (c: Cluster) => c.redis.kill(), heal: (c: Cluster) => c.redis.restart() },
  frozen: { strike: (c: Cluster) => c.redis.pause(), heal: (c: Cluster) => c.redis.resume() },
} as const;

describe.each(['killed', 'frozen'] as const)('with Redis %s', (outage) => {
  const { strike, heal } = OUTAGE[outage];
  let cluster: Cluster;
  let services: ServiceProcess[];
  let customers = 0;
  const newCustomer = (): string => `${outage}-${++customers}`;

  const readiness = async (service: ServiceProcess): Promise<string> => {
    const { status, body } = await createApiClient(service.url, null).get('/health/ready');
    return `${status} ${JSON.stringify(body)}`;
  };
  const everywhere = async (state: string): Promise<void> => {
    const isThere = async (): Promise<boolean> =>
      (await Promise.all(services.map(readiness))).every((seen) => seen === state);
    await waitFor(isThere, { timeoutMs: 10_000, describe: `every replica to say ${state}` });
  };
  const createTimed = (service: ServiceProcess) => timed(() => customerAt(service, newCustomer()).create());

  beforeAll(async () => {
    cluster = await startCluster({ bookings: 1, orders: 1 });
    services = [...cluster.bookings, ...cluster.orders];
  });
  afterAll(() => cluster.stop());

  it('first creates pay at most 250 ms extra, later ones at most 10 ms', async () => {
    const healthy: number[] = [];
    const first: number[] = [];
    const later: number[] = [];
    for (let round = 0; round < OUTAGES; round++) {
      await everywhere('200 {"status":"ok"}');
      for (const service of services) {
        for (let i = 0; i < SAMPLES; i++) healthy.push((await createTimed(service)).ms);
      }
      await strike(cluster);
      for (const service of services) {
        const { value, ms } = await createTimed(service);
        expect(value.status).toBe(201);
        first.push(ms);
        for (let i = 0; i < SAMPLES; i++) later.push((await createTimed(service)).ms);
      }
      await heal(cluster);
    }
    const normal = median(healthy);
    expect(median(first) - normal).toBeLessThan(FIRST_EXTRA_MS);
    expect(median(later) - normal).toBeLessThan(LATER_EXTRA_MS);
  });

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
