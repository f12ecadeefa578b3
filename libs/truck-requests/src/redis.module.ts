import { createRedis, createTransportClient, ENVIRONMENT, type Environment } from '@app/platform';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import type { Redis } from 'ioredis';

/** The Redis connections of a service. */
export interface RedisConnections {
  /** For the key. */
  readonly key: Redis;
  /** For the lock, one for each master; the one for the key among them, where it is the same. */
  readonly lock: readonly Redis[];
  /** Sends events. */
  readonly events: ClientProxy;
}

export const REDIS_CONNECTIONS = Symbol('truck-requests:redis-connections');

/** Opens the connections, and closes them after everything that uses them has stopped. */
@Module({
  providers: [
    {
      provide: REDIS_CONNECTIONS,
      inject: [ENVIRONMENT],
      useFactory: (env: Environment): RedisConnections => {
        const key = createRedis(env.redisUrl, 'customer-broadcast-key');
        return {
          key,
          // One connection and one breaker where the lock is on the same Redis.
          lock: env.redisLockUrls.map((url) =>
            url === env.redisUrl ? key : createRedis(url, 'customer-broadcast-lock'),
          ),
          events: createTransportClient(env.redisUrl, env.redisPrefix),
        };
      },
    },
  ],
  exports: [REDIS_CONNECTIONS],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS_CONNECTIONS) private readonly connections: RedisConnections) {}

  onApplicationShutdown(): void {
    const { key, lock, events } = this.connections;
    for (const client of [key, ...lock]) client.disconnect();
    void Promise.resolve(events.close()).catch(() => undefined); // Redis away: there is nobody to say goodbye to
  }
}
