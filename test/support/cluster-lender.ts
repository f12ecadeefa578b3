import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Cluster, startCluster } from './cluster.ts';

/** What a test file is told of the cluster that it borrows. */
export interface LentCluster {
  readonly id: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly bookings: readonly string[];
  readonly orders: readonly string[];
}

export interface ClusterLender {
  /** `POST /` lends a cluster, `DELETE /<id>` gives it back. */
  readonly url: string;
  /** Ends every cluster, also those that were not given back. */
  stop(): Promise<void>;
}

/** Two replicas of each service, of which nothing happens by itself: deadlines and dispatching are left to the tests. */
const SHAPE = {
  bookings: 2,
  orders: 2,
  env: { EXPIRY_MODE: 'external', DISPATCHER_MODE: 'external', RATE_LIMIT_WRITES_PER_SECOND: '1000' },
} as const;
/** Longer than a file needs to end and the next to begin. Idle services need a tenth of a processor. */
const IDLE_LIMIT_MS = 10_000;

interface Lending {
  readonly id: number;
  readonly cluster: Cluster;
  idle: NodeJS.Timeout | null;
}

/**
 * Keeps clusters for the test files that change nothing about them: to start one takes longer than most such files do. A file
 * has its cluster to itself until it gives it back; what earlier files left in its stores stays there. The first file that
 * borrows waits for the start.
 */
export async function startClusterLender(): Promise<ClusterLender> {
  const lendings = new Map<number, Lending>();
  const starting = new Set<Promise<Cluster>>();
  let lastId = 0;

  const lend = async (): Promise<Lending> => {
    const free = [...lendings.values()].find(({ idle }) => idle !== null);
    if (free) {
      clearTimeout(free.idle ?? undefined);
      free.idle = null;
      return free;
    }
    const start = startCluster(SHAPE);
    starting.add(start);
    const cluster = await start.finally(() => starting.delete(start));
    const lending: Lending = { id: ++lastId, cluster, idle: null };
    lendings.set(lending.id, lending);
    return lending;
  };
  const takeBack = (id: number): void => {
    const lending = lendings.get(id);
    if (!lending) return;
    lending.idle = setTimeout(() => {
      lendings.delete(id);
      void lending.cluster.stop();
    }, IDLE_LIMIT_MS).unref();
  };
  const server = createServer((request, response) => {
    // A connection for each request: one that is kept may be closed just when the next file uses it.
    response.setHeader('connection', 'close');
    const isReturn = request.method === 'DELETE';
    if (isReturn) takeBack(Number(request.url?.slice(1)));
    answer(response, isReturn ? Promise.resolve({}) : lend().then(toLent));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await Promise.allSettled(starting);
      for (const { idle } of lendings.values()) clearTimeout(idle ?? undefined);
      await Promise.allSettled([...lendings.values()].map(({ cluster }) => cluster.stop()));
    },
  };
}

function toLent({ id, cluster }: Lending): LentCluster {
  const urls = (services: Cluster['bookings']): string[] => services.map(({ url }) => url);
  return {
    id,
    databaseUrl: cluster.database.url,
    redisUrl: cluster.redis.url,
    bookings: urls(cluster.bookings),
    orders: urls(cluster.orders),
  };
}

function answer(response: ServerResponse, body: Promise<unknown>): void {
  body.then(
    (value) => response.end(JSON.stringify(value)),
    (error: unknown) => response.writeHead(500).end((error as Error).message),
  );
}
