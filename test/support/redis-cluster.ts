import { Cluster, Redis } from 'ioredis';

import { findFreePort } from '../../tools/embedded/free-port.ts';
import { startRedis } from '../../tools/embedded/redis.ts';
import { waitFor } from './wait.ts';

const SLOTS = 16_384;
const NODES = 3;
/** As for any server that the tests start. */
const START_TIMEOUT_MS = 20_000;

/** A Redis Cluster of the caller's own: three masters on free ports, without replicas. */
export interface TestRedisCluster {
  readonly urls: readonly string[];
  /** A client of the whole, ready, and configured as the module asks for it. `stop` ends it. */
  connect(): Promise<Cluster>;
  stop(): Promise<void>;
}

export async function startRedisCluster(): Promise<TestRedisCluster> {
  const servers = await Promise.all(Array.from({ length: NODES }, () => startNode()));
  const nodes = servers.map(({ url }) => new Redis(url));
  const clusters: Cluster[] = [];
  const stop = async (): Promise<void> => {
    for (const client of [...nodes, ...clusters]) client.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    for (const [index, node] of nodes.entries()) {
      const [from, to] = [index, index + 1].map((part) => Math.ceil((part * SLOTS) / NODES));
      await node.call('CLUSTER', 'ADDSLOTSRANGE', from!, to! - 1);
      // Each is told of each: from gossip alone, which is at random, they would hear of each other late now and then.
      for (const { port, busPort } of servers.slice(index + 1))
        await node.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
    }
    await waitFor(async () => (await Promise.all(nodes.map(knowsAll))).every((knows) => knows), {
      timeoutMs: START_TIMEOUT_MS,
      describe: 'three nodes to know each other',
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: servers.map(({ url }) => url),
    connect: async () => {
      const cluster = new Cluster(
        servers.map(({ url }) => url),
        {
          enableOfflineQueue: false,
          lazyConnect: true,
          redisOptions: { maxRetriesPerRequest: 0, commandTimeout: 1000 },
        },
      );
      clusters.push(cluster);
      await cluster.connect();
      return cluster;
    },
    stop,
  };
}

async function startNode() {
  const busPort = await findFreePort();
  const server = await startRedis({
    args: [
      '--cluster-enabled',
      'yes',
      '--cluster-config-file',
      'nodes.conf',
      '--cluster-port',
      String(busPort),
    ],
  });
  return { url: server.url, port: server.port, busPort, stop: () => server.stop() };
}

async function knowsAll(node: Redis): Promise<boolean> {
  const info = String(await node.call('CLUSTER', 'INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${NODES}`);
}
