import { parseRedisUrl, type RedisAddress } from './redis-address.ts';

/** Options for Nest's Redis transport, the same for client and server. @publicApi */
export interface RedisTransportOptions extends RedisAddress {
  /** Before the name of every channel and claim; `''` is none. */
  readonly channelPrefix: string;
  readonly retryAttempts: number;
  readonly retryDelay: number;
  readonly keepAlive: number;
  readonly connectTimeout: number;
  readonly maxRetriesPerRequest: null;
  readonly socketTimeout: number;
}

/**
 * A command without any reply for this long: the connection is dead although TCP has not noticed, and a new one is opened.
 * Smaller would drop a Redis that pauses, larger leaves a listener deaf for longer.
 */
const SOCKET_TIMEOUT_MS = 2_000;

/**
 * Options under which Nest's Redis transport reconnects for ever. Nest's default is to stop at the first lost
 * connection, after which nothing is received any more.
 *
 * @param channelPrefix keeps applications apart that share a Redis: they hear each other's channels otherwise, also under
 *   different database numbers. The same for client and server. @default ''
 * @example
 * ClientsModule.register([{ name: BUS, transport: Transport.REDIS, options: redisTransportOptions(env.redisUrl) }]);
 * @see https://github.com/nestjs/nest/blob/master/packages/microservices/server/server-redis.ts createRetryStrategy
 * @publicApi
 */
export function redisTransportOptions(url: string, channelPrefix = ''): RedisTransportOptions {
  return {
    ...parseRedisUrl(url),
    channelPrefix,
    retryAttempts: Number.MAX_SAFE_INTEGER,
    retryDelay: 250,
    keepAlive: 5_000,
    connectTimeout: 2_000,
    // Subscriptions wait for the connection, however long it takes.
    maxRetriesPerRequest: null,
    socketTimeout: SOCKET_TIMEOUT_MS,
  };
}
