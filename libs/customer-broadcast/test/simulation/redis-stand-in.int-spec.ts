import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { ActiveBroadcastHint } from '../../src/hint/active-broadcast.hint.ts';
import { ACQUIRE_SCRIPT, RELEASE_SCRIPT } from '../../src/lock/redlock.quorum.ts';
import { PATIENT, redisOptions, type RedisScene, startRedisScene } from '../redis-scene.ts';
import { type Command, RedisServer } from './redis-stand-in.ts';
import { World } from './world.ts';

let scene: RedisScene;
let redis: Redis;

beforeAll(async () => {
  scene = await startRedisScene(1);
  // What it replies is compared, not how soon: a busy machine needs longer than a service would wait.
  redis = (await scene.connect(PATIENT))[0]!;
});

afterAll(() => scene.stop());

/** The scripts as the library defines them. */
function definedScripts(): string[] {
  const scripts: string[] = [];
  const client = {
    on: () => client,
    defineCommand: (_name: string, { lua }: { lua: string }) => scripts.push(lua),
  };
  new ActiveBroadcastHint(redisOptions(client as unknown as Redis)).onModuleDestroy();
  return scripts;
}

test('the stand-in of Redis replies to the scripts as Redis does', async () => {
  const [set = '', close = '', reopen = '', remove = ''] = definedScripts();
  const endsAtMs = String(Date.now() + 1_000_000);
  const key = fc.constantFrom('k1', 'k2');
  const tombstone = fc.constantFrom('t1', 't2');
  const value = fc.constantFrom('a', 'b');
  const mark = fc.constantFrom('m1', 'm2');
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.tuple(key, tombstone, value).map(([k, t, v]): Command => ['eval', set, 2, k, t, v, endsAtMs]),
    fc
      .tuple(key, tombstone, value, mark)
      .map(([k, t, v, m]): Command => ['eval', close, 2, k, t, v, '1000000', m]),
    fc
      .tuple(key, tombstone, value, mark)
      .map(([k, t, v, m]): Command => ['eval', reopen, 2, k, t, v, endsAtMs, m]),
    fc
      .tuple(fc.constantFrom(remove, RELEASE_SCRIPT), key, value)
      .map(([script, k, v]): Command => ['eval', script, 1, k, v]),
    fc.tuple(key, value).map(([k, v]): Command => ['eval', ACQUIRE_SCRIPT, 1, k, v, '1000000']),
    fc.oneof(key, tombstone).map((k): Command => ['get', k]),
    fc.constant<Command>(['mget', 'k1', 'k2']),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 12 }), fc.scheduler(), async (commands, scheduler) => {
      await redis.flushall();
      const standIn = new RedisServer('redis', new World(scheduler), {});
      for (const [name, ...args] of commands) {
        expect(standIn.execute([name!, ...args])).toEqual(await redis.call(String(name), ...args));
      }
    }),
    { numRuns: 200 },
  );
});
