import { Redis } from 'ioredis';

const COMMAND_TIMEOUT_MS = 3000;

/**
 * A connection of the harness, straight to the server. It is not repaired: when the server goes, its commands fail.
 *
 * @throws Error when the server cannot be reached. The caller disconnects it.
 */
export async function connectRedis(url: string): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    connectionName: 'nemesis',
    disconnectTimeout: 50,
  });
  redis.on('error', () => undefined); // the command that met it rejects
  await redis.connect();
  return redis;
}

/** One piece of work on a connection of its own. */
export async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = await connectRedis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
