import { Logger } from '@nestjs/common';
import { type Cluster, Redis, type RedisOptions } from 'ioredis';

import { startTestRedis, type TestRedis } from '../../../test/support/test-redis.ts';
import type { OptionsWithRedis } from '../src/interfaces/customer-broadcast-options.interface.ts';

/** For suites in which no server is ever away: a machine that is busy for 100 ms is no outage. */
export const PATIENT: RedisOptions = { commandTimeout: undefined };

/** Servers, and a client of each that fails as fast as the options of the module ask for. */
export interface RedisScene {
  readonly servers: readonly TestRedis[];
  /** New clients, ready; the scene closes them. @param through other ways to the servers, in their order */
  connect(options?: RedisOptions, through?: readonly { readonly url: string }[]): Promise<Redis[]>;
  stop(): Promise<void>;
}

export async function startRedisScene(count: number): Promise<RedisScene> {
  Logger.overrideLogger(false); // each outage is a warning
  const servers = await Promise.all(Array.from({ length: count }, () => startTestRedis()));
  const clients: Redis[] = [];
  return {
    servers,
    connect: async (options, through = servers) => {
      const made = through.map(({ url }) => createFastRedis(url, options));
      clients.push(...made);
      await Promise.all(made.map((client) => client.connect()));
      return made;
    },
    stop: async () => {
      for (const client of clients) client.disconnect();
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

function createFastRedis(url: string, options: RedisOptions = {}): Redis {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 100,
    retryStrategy: () => 50,
    disconnectTimeout: 50,
    lazyConnect: true,
    ...options,
  });
  client.on('error', () => undefined); // servers that are away are what the tests are about
  return client;
}

/** The options that lock and key look at. */
export function redisOptions(redis: Redis | Cluster, more: Partial<OptionsWithRedis> = {}): OptionsWithRedis {
  return {
    redis,
    lockRedis: [redis],
    redisPrefix: '',
    lockTtlMs: 10_000,
    broadcastTimeoutSeconds: 120,
    keyGraceSeconds: 60,
    ...more,
  } as OptionsWithRedis;
}
