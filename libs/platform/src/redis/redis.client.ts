import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { parseRedisUrl } from './redis-address.ts';
import { limitAnswers } from './redis-answers.ts';
import { coalesceWrites } from './redis-writes.ts';

/** A healthy Redis answers in 1 ms. Larger would make each request of an outage pay more; smaller trips on a pause. */
const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 500;
/** No reply at all for this long: the connection is dead although TCP has not noticed; a new one is opened. */
const SOCKET_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 500;

/**
 * A client that answers or fails within about 100 ms, for commands that a request waits for. Nothing is queued while
 * there is no connection and nothing is sent again after one was lost: a command whose promise was rejected must not
 * be carried out later. A rejection therefore means "unknown", and writes need an owner check and an expiry.
 *
 * Connects by itself, also when Redis is down at first, and never gives up. The caller disconnects it.
 *
 * @param connectionName what `CLIENT LIST` shows
 * @see https://github.com/redis/ioredis#offline-queue
 * @publicApi
 */
export function createRedis(url: string, connectionName: string): Redis {
  const redis = new Redis({
    ...parseRedisUrl(url),
    connectionName,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(attempt * 50, MAX_RECONNECT_DELAY_MS),
  });
  logStateChanges(redis, connectionName);
  return limitAnswers(coalesceWrites(redis), COMMAND_TIMEOUT_MS);
}

/** One line when the connection is lost and one when it is back, however many attempts lie between. */
export function logStateChanges(redis: Redis, connectionName: string, logger = new Logger('Redis')): void {
  let isUp: boolean | undefined;
  let lastError = '';
  redis.on('error', (error: Error) => {
    // An AggregateError, one refusal for each address, has a code and no message.
    const { message, code, name } = error as NodeJS.ErrnoException;
    lastError = message === '' ? (code ?? name) : message;
  });
  redis.on('ready', () => {
    if (isUp === false) logger.log({ msg: 'redis is back', connectionName });
    isUp = true;
  });
  redis.on('reconnecting', () => {
    if (isUp === false) return;
    isUp = false;
    logger.warn({ msg: 'redis is unreachable', connectionName, reason: lastError });
  });
}
