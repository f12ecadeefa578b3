import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, median, timed } from '../support/customer.ts';
import { OUTAGE, untilEverywhere } from '../support/redis-outage.ts';
import type { ServiceProcess } from '../support/service-process.ts';

/** What the promise allows the first requests, over the median of a healthy Redis. */
const FIRST_EXTRA_MS = 250;
/** What it allows the rest. Healthy creates pay six round trips to Redis that these do not, so there is room. */
const LATER_EXTRA_MS = 10;
/** Medians over several outages and replicas, so that one pause of a loaded machine decides nothing. */
const OUTAGES = 3;
const SAMPLES = 15;

describe('creates in an outage', () => {
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

    const everywhere = (state: string): Promise<void> => untilEverywhere(services, state);
    const createTimed = (service: ServiceProcess) =>
      timed(() => customerAt(service, `${outage}-${++customers}`).create());

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
  });
});
