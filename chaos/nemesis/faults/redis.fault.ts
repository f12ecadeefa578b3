import { setTimeout as wait } from 'node:timers/promises';

import { waitFor } from '../../../test/support/wait.ts';
import { childrenOf } from '../../../tools/embedded/child-processes.ts';
import type { Fault } from '../fault.interface.ts';
import { connectRedis, withRedis } from '../redis-session.ts';
import { repeatedly } from '../repetition.ts';
import { bringUp, kill, pause, restartServer } from '../../site/upkeep.ts';

const KEY = { subject: 'key', target: () => 'key' } as const;

/** There has to be something to save. */
const HOLDS_SAVE = 'nemesis:holds-save';
const FLUSH_PAUSE_MS = 50;

/** The Redis of the key, the messages and the claims. */
export const REDIS_FAULTS: readonly Fault[] = [
  {
    ...KEY,
    name: 'redis-kill',
    matrix: 'F1',
    sentence: 'the key Redis is killed, and comes back empty',
    lastsMs: [200, 5000],
    apply: async ({ key }) => {
      await kill(key);
      return () => bringUp(key).then(() => null);
    },
  },
  ...[
    { name: 'redis-pause', lastsMs: [500, 1500] as const, words: 'for about 1 s' },
    { name: 'redis-pause-long', lastsMs: [9000, 10_000] as const, words: 'for 10 s' },
    {
      name: 'redis-pause-past-lock',
      lastsMs: [10_500, 13_000] as const,
      words: "for longer than the lock's 10 s",
    },
  ].map(({ name, lastsMs, words }): Fault => ({
    ...KEY,
    name,
    matrix: 'F2',
    sentence: `the key Redis hangs (SIGSTOP) ${words}, and then carries out what was sent to it`,
    lastsMs,
    apply: async ({ key }) => {
      await pause(key);
      return () => bringUp(key).then(() => null);
    },
  })),
  {
    ...KEY,
    name: 'redis-flush-loop',
    matrix: 'F3',
    sentence: 'everything in the key Redis is deleted every 50 ms',
    lastsMs: [1000, 4000],
    apply: async ({ key }) => {
      const redis = await connectRedis(key.url);
      const undo = repeatedly(
        () => redis.flushall(),
        () => FLUSH_PAUSE_MS,
      );
      return () => undo().finally(() => redis.disconnect());
    },
  },
  {
    ...KEY,
    name: 'redis-oom',
    matrix: 'F7',
    sentence: 'the key Redis is out of memory: it answers reads and refuses writes',
    lastsMs: [1000, 5000],
    apply: ({ key }) =>
      configured(key.url, ['maxmemory-policy', 'noeviction', 'maxmemory', '1'], ['maxmemory', '0']),
  },
  {
    ...KEY,
    name: 'redis-refuses-writes',
    matrix: 'F7',
    sentence: 'the key Redis refuses every write (NOREPLICAS), as one does that has lost its replicas',
    lastsMs: [1000, 5000],
    apply: ({ key }) => configured(key.url, ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']),
  },
  {
    ...KEY,
    name: 'redis-failed-save',
    matrix: 'F7',
    sentence: 'the key Redis could not save, and refuses every write (MISCONF)',
    lastsMs: [1000, 5000],
    apply: async ({ key }) => {
      // A pause for each key keeps the process that saves alive until it is killed.
      await withRedis(key.url, async (redis) => {
        await redis.set(HOLDS_SAVE, '1', 'EX', 60);
        await redis.call('CONFIG', 'SET', 'rdb-key-save-delay', '10000000');
        await redis.bgsave();
        await redis.call('CONFIG', 'SET', 'rdb-key-save-delay', '0', 'save', '3600 1000000000');
      });
      for (const pid of childrenOf(key.pid)) process.kill(pid, 'SIGKILL');
      await waitFor(() =>
        withRedis(key.url, async (redis) => (await redis.info('persistence')).includes('bgsave_status:err')),
      );
      return async () => {
        await withRedis(key.url, (redis) => redis.call('CONFIG', 'SET', 'save', ''));
        return null;
      };
    },
  },
  {
    ...KEY,
    name: 'redis-restart-idle',
    matrix: 'F31',
    sentence:
      'the key Redis is restarted in an orderly way, and is back at once: listeners must subscribe again',
    lastsMs: [500, 1500],
    apply: async ({ key }) => {
      await restartServer(key);
      return () => Promise.resolve(null);
    },
  },
  {
    ...KEY,
    name: 'redis-script-flush',
    matrix: 'F7',
    sentence: 'the key Redis forgets its scripts every 20 ms',
    lastsMs: [1000, 3000],
    apply: async ({ key }) => {
      const redis = await connectRedis(key.url);
      const undo = repeatedly(
        () => redis.script('FLUSH'),
        () => 20,
      );
      return () => undo().finally(() => redis.disconnect());
    },
  },
  {
    ...KEY,
    name: 'redis-client-kill',
    matrix: 'F14',
    sentence: 'the key Redis closes every connection but the listeners’ every 200 ms',
    lastsMs: [1000, 3000],
    apply: ({ key }) => killingClients(key.url, 'normal'),
  },
  {
    ...KEY,
    name: 'listeners-kill',
    matrix: 'F21',
    sentence:
      'the connections of all listeners are closed every 200 ms: at times an event is published without a listener',
    lastsMs: [1000, 4000],
    apply: ({ key }) => killingClients(key.url, 'pubsub'),
  },
  {
    ...KEY,
    name: 'redis-stutter',
    matrix: 'F14',
    sentence: 'the key Redis answers no client for 20 to 150 ms, again and again',
    lastsMs: [2000, 5000],
    apply: async ({ key }, _target, random) => {
      const redis = await connectRedis(key.url);
      const undo = repeatedly(
        async () => {
          const ms = 20 + random.int(130);
          await redis.call('CLIENT', 'PAUSE', ms, 'ALL');
          await wait(ms);
        },
        () => 50 + random.int(200),
      );
      return () => undo().finally(() => redis.disconnect());
    },
  },
];

async function configured(
  url: string,
  on: readonly string[],
  off: readonly string[],
): ReturnType<Fault['apply']> {
  await withRedis(url, (redis) => redis.call('CONFIG', 'SET', ...on));
  return async () => {
    // One that has been restarted meanwhile is as it was.
    await withRedis(url, (redis) => redis.call('CONFIG', 'SET', ...off));
    return null;
  };
}

async function killingClients(url: string, type: 'normal' | 'pubsub'): ReturnType<Fault['apply']> {
  const redis = await connectRedis(url);
  let killed = 0;
  const undo = repeatedly(
    async () => {
      killed += Number(await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes'));
    },
    () => 200,
  );
  return async () => {
    await undo();
    redis.disconnect();
    return `${killed} connections closed`;
  };
}
