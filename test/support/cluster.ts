import {
  startService,
  type StartServiceOptions,
  type ServiceName,
  type ServiceProcess,
} from './service-process.ts';
import { createTestDatabase, type OpenDatabase, type TestDatabase } from './test-database.ts';
import { startTestRedis, type TestRedis } from './test-redis.ts';
import { waitFor } from './wait.ts';

export interface StartClusterOptions {
  /** How many replicas of booking-service. @default 1 */
  readonly bookings?: number;
  /** How many replicas of order-service. @default 1 */
  readonly orders?: number;
  /** For every replica. */
  readonly env?: Readonly<Record<string, string>>;
  /** Used instead of new ones; `stop` leaves them alone. */
  readonly database?: TestDatabase;
  readonly redis?: TestRedis;
  /** What the services are told instead of the Redis' own URL: a proxy's, or that of a port where nothing listens. */
  readonly redisUrl?: string;
  /** What the services are told instead of the database's own URL. */
  readonly databaseUrl?: string;
  /**
   * Whether a replica is waited for until it has found its stores: it is live before that, and answers 503. @default for each
   * store whose own URL it is told; another one may lead nowhere
   */
  readonly awaitStores?: boolean;
}

/** Where replicas of both services and their stores are: enough to send requests and to look at what they did. */
export interface ReachableCluster {
  readonly database: OpenDatabase;
  readonly redis: Pick<TestRedis, 'url' | 'client'>;
  readonly bookings: readonly Pick<ServiceProcess, 'name' | 'url'>[];
  readonly orders: readonly Pick<ServiceProcess, 'name' | 'url'>[];
}

export interface Cluster extends ReachableCluster {
  readonly database: TestDatabase;
  readonly redis: TestRedis;
  readonly bookings: readonly ServiceProcess[];
  readonly orders: readonly ServiceProcess[];
  /** Starts one more replica, which `stop` ends too. */
  add(name: ServiceName, env?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Services, then Redis, then the database. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts replicas of both services on one database and one Redis, all of the caller's own. When one of them does not
 * come up, what has been started is stopped again.
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<Cluster> {
  const { bookings = 1, orders = 1, env, awaitStores = false } = options;
  const database = options.database ?? (await createTestDatabase());
  const redis = options.redis ?? (await startTestRedis());
  const services: Promise<ServiceProcess>[] = [];
  const findsPostgres = awaitStores || options.databaseUrl === undefined;
  const findsRedis = awaitStores || options.redisUrl === undefined;
  const startReady = async (name: ServiceName, settings: StartServiceOptions): Promise<ServiceProcess> => {
    const service = await startService(name, settings);
    const isTold = (...variables: string[]): boolean =>
      variables.some((variable) => settings.env?.[variable] !== undefined);
    if (findsPostgres && !isTold('DATABASE_URL'))
      await untilReady(service, { mayBeDegraded: !findsRedis || isTold('REDIS_URL', 'REDIS_LOCK_URLS') });
    return service;
  };
  const add = (name: ServiceName, more?: Readonly<Record<string, string>>): Promise<ServiceProcess> => {
    const service = startReady(name, {
      databaseUrl: options.databaseUrl ?? database.url,
      redisUrl: options.redisUrl ?? redis.url,
      env: { ...env, ...more },
    });
    services.push(service);
    return service;
  };
  const stop = async (): Promise<void> => {
    await Promise.allSettled(services.map(async (service) => (await service).stop()));
    if (options.redis === undefined) await redis.stop();
    if (options.database === undefined) await database.drop();
  };
  const addAll = (name: ServiceName, count: number): Promise<ServiceProcess[]> =>
    Promise.all(Array.from({ length: count }, () => add(name)));
  try {
    const [bookingReplicas, orderReplicas] = await Promise.all([
      addAll('booking-service', bookings),
      addAll('order-service', orders),
    ]);
    const cluster = { database, redis, bookings: bookingReplicas, orders: orderReplicas, add, stop };
    if (findsPostgres && findsRedis) await untilAllListen(cluster);
    return cluster;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Until every replica that the cluster began with hears requests over the Redis transport: a message before is lost. */
export async function untilAllListen({ redis, bookings, orders }: ReachableCluster): Promise<void> {
  for (const [pattern, { length }] of [
    ['booking.create', bookings],
    ['order.create', orders],
  ] as const) {
    if (length === 0) continue;
    await waitFor(async () => (await redis.client.pubsub('NUMSUB', pattern))[1] === length, {
      timeoutMs: 20_000,
      describe: `${length} replicas to listen for ${pattern}`,
    });
  }
}

/** It is degraded while it goes without Redis. */
async function untilReady(
  { name, url }: Pick<ServiceProcess, 'name' | 'url'>,
  { mayBeDegraded = false },
): Promise<void> {
  const ready = async (): Promise<boolean> => {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
    const { status } = (await answer.json()) as { status: string };
    return status === 'ok' || (mayBeDegraded && answer.status === 200);
  };
  await waitFor(ready, { timeoutMs: 20_000, describe: `${name} to find its stores` });
}
