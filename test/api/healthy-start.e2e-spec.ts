import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt } from '../support/customer.ts';
import type { ServiceName, ServiceProcess } from '../support/service-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startTestRedis, type TestRedis } from '../support/test-redis.ts';

const LOCK_NODES = 3;
/** Clearly less than the 100 ms that a command may take. */
const SLOW_MS = 60;
/** What a client sends before it is ready: who it is, and then the question whether the server is. */
const GREETINGS = 2;
/** Without a limit the throttler warns that there is none. */
const LIMITED = { RATE_LIMIT_WRITES_PER_SECOND: '100' };
/** Of pino: warnings and everything above. */
const WARN_LEVEL = 40;

describe('a start beside a Postgres and a Redis that are well', () => {
  let cluster: Cluster;
  let nodes: readonly TestRedis[];
  let ways: TcpProxy[] = [];

  beforeAll(async () => {
    nodes = await Promise.all(Array.from({ length: LOCK_NODES }, () => startTestRedis()));
    cluster = await startCluster({ bookings: 0, orders: 0 });
  });
  afterEach(async () => {
    await Promise.all(ways.splice(0).map((way) => way.stop()));
  });
  afterAll(async () => {
    await cluster.stop();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  const warningsOf = (service: ServiceProcess): string[] =>
    service.logs().filter((line) => (JSON.parse(line) as { level: number }).level >= WARN_LEVEL);

  /** The lock nodes that have been asked for a lock. */
  const countAsked = async (): Promise<number> => {
    const stats = await Promise.all(nodes.map(({ client }) => client.info('commandstats')));
    return stats.filter((text) => text.includes('cmdstat_eval')).length;
  };

  /** Its first connection is slow to be made; what comes later is not slow. */
  const startSlowWay = async ({ url }: TestRedis): Promise<TcpProxy> => {
    const way = await startTcpProxy(url);
    let sent = 0;
    way.delay(() => (++sent <= GREETINGS ? SLOW_MS : 0), 'up');
    return way;
  };

  it.each<ServiceName>(['booking-service', 'order-service'])(
    'of %s warns of nothing, and its first create takes the lock',
    async (name) => {
      ways = await Promise.all(nodes.map(startSlowWay));
      const lockUrls = ways.map(({ url }) => url).join(',');
      await Promise.all(nodes.map(({ client }) => client.config('RESETSTAT')));
      const service = await cluster.add(name, { ...LIMITED, REDIS_LOCK_URLS: lockUrls });
      expect((await customerAt(service, name).create()).status).toBe(201);
      expect(await countAsked()).toBe(LOCK_NODES);
      const metrics = await fetch(`${service.url}/metrics`);
      expect(await metrics.text()).toContain('customer_broadcast_lock_total{outcome="acquired"} 1');
      expect(warningsOf(service)).toEqual([]);
      await service.stop();
    },
  );
});
