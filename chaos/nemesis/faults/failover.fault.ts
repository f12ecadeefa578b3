import type { Redis } from 'ioredis';

import { waitFor } from '../../../test/support/wait.ts';
import type { EmbeddedServer } from '../../../tools/embedded/embedded-server.interface.ts';
import { startRedis } from '../../../tools/embedded/redis.ts';
import type { Fault } from '../fault.interface.ts';
import { withRedis } from '../redis-session.ts';

const SYNC_LIMIT_MS = 10_000;

/**
 * A true replica, which is cut off, misses what the primary acknowledges from then on, and is promoted. Clients keep their
 * address, as behind a name that moves: the old primary takes over the replica's state by a full synchronisation, and
 * refuses everything until it has it.
 */
export const FAILOVER_FAULTS: readonly Fault[] = [
  {
    name: 'redis-failover',
    matrix: 'F6',
    subject: 'key',
    sentence: 'the key Redis fails over to an asynchronous replica that missed the last writes',
    lastsMs: [100, 2000],
    target: () => 'key',
    apply: async ({ key }) => {
      const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(key.port)] });
      try {
        await withRedis(key.url, synchroniseAtOnce);
        await withRedis(replica.url, async (redis) => {
          await synchroniseAtOnce(redis);
          await synchronised(redis);
          await redis.replicaof('NO', 'ONE');
        });
      } catch (error) {
        await replica.stop();
        throw error;
      }
      return () => failOver(key, replica).finally(() => replica.stop());
    },
  },
];

async function failOver(key: EmbeddedServer, replica: EmbeddedServer): Promise<string> {
  const kept = await withRedis(replica.url, offsetOf);
  return withRedis(key.url, async (redis) => {
    const missed = (await offsetOf(redis)) - kept;
    await redis.config('SET', 'replica-serve-stale-data', 'no');
    try {
      await redis.call('REPLICAOF', '127.0.0.1', replica.port);
      await dropClients(redis);
      await synchronised(redis);
    } finally {
      await redis.replicaof('NO', 'ONE');
      await redis.config('SET', 'replica-serve-stale-data', 'yes');
    }
    await dropClients(redis);
    return `${await redis.dbsize()} keys kept, ${missed} bytes of writes missed`;
  });
}

/** It would wait for 5 s for more replicas. */
async function synchroniseAtOnce(redis: Redis): Promise<void> {
  await redis.config('SET', 'repl-diskless-sync-delay', '0');
}

async function synchronised(redis: Redis): Promise<void> {
  await waitFor(async () => (await redis.info('replication')).includes('master_link_status:up'), {
    timeoutMs: SYNC_LIMIT_MS,
    describe: 'the replica to have everything',
  });
}

async function offsetOf(redis: Redis): Promise<number> {
  return Number(/master_repl_offset:(\d+)/.exec(await redis.info('replication'))?.[1]);
}

async function dropClients(redis: Redis): Promise<void> {
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
}
