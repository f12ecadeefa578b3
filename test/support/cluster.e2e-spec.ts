import { afterEach, describe, expect, it } from '@jest/globals';

import { startCluster, type Cluster } from './cluster.ts';
import { createApiClient } from './api-client.ts';
import { startService } from './service-process.ts';

describe('a cluster', () => {
  let cluster: Cluster | undefined;

  afterEach(async () => {
    await cluster?.stop();
    cluster = undefined;
  });

  it('has live replicas of both services, each on a port of its own', async () => {
    cluster = await startCluster({ bookings: 2, orders: 1 });
    const services = [...cluster.bookings, ...cluster.orders];
    expect(new Set(services.map(({ url }) => url)).size).toBe(3);
    for (const { url } of services) {
      const { status } = await createApiClient(url, null).get('/health/ready');
      expect(status).toBe(200);
    }
  });

  it('leaves no process behind, a killed and a paused one included', async () => {
    cluster = await startCluster({ bookings: 1, orders: 1 });
    const [booking] = cluster.bookings;
    const [order] = cluster.orders;
    await booking!.kill();
    await order!.pause();
    await cluster.stop();
    for (const { pid } of [booking!, order!]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('shows the log of a service that does not come up', async () => {
    cluster = await startCluster({ bookings: 0, orders: 0 });
    const starting = startService('booking-service', {
      databaseUrl: cluster.database.url,
      redisUrl: cluster.redis.url,
      env: { NODE_OPTIONS: '--no-such-option' },
    });
    await expect(starting).rejects.toThrow(/booking-service did not come up[^]*no-such-option/);
  });
});
