import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ClientsModule, type RedisOptions, Transport } from '@nestjs/microservices';
import { Redis } from 'ioredis';

const url = new URL(process.env.REDIS_URL ?? 'redis://localhost:6379');

export const REDIS = Symbol('redis');
export const EVENTS = Symbol('events');

/**
 * `retryAttempts`: without it Nest's client and server give up for ever at the first lost connection. `maxRetriesPerRequest`:
 * with a limit, an outage ends in a rejection that Nest does not handle, and so ends the process.
 */
export const redisTransport: RedisOptions = {
  transport: Transport.REDIS,
  options: {
    host: url.hostname,
    port: Number(url.port),
    retryAttempts: Number.MAX_SAFE_INTEGER,
    retryDelay: 250,
    maxRetriesPerRequest: null,
  },
};

/** Fails at once instead of queueing: a create must not wait for a Redis that is away. */
function createRedis(): Redis {
  const client = new Redis(url.href, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 100,
  });
  return client.on('error', () => undefined); // the library logs when Redis goes and when it comes back
}

@Module({
  imports: [ClientsModule.register([{ name: EVENTS, ...redisTransport }])],
  providers: [{ provide: REDIS, useFactory: createRedis }],
  exports: [REDIS, ClientsModule],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
