import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

import { ActiveBroadcastHint } from '../src/hint/active-broadcast.hint.ts';
import { CreateLockService } from '../src/lock/create-lock.service.ts';
import { PATIENT, redisOptions, startRedisScene, type RedisScene } from './redis-scene.ts';

const PREFIXES = ['green:', 'blue:', ''];

describe('deployments with prefixes of their own on one Redis', () => {
  let scene: RedisScene;
  let redis: Redis;
  let hints: ActiveBroadcastHint[];
  let locks: CreateLockService[];

  beforeAll(async () => {
    scene = await startRedisScene(1);
    redis = scene.servers[0]!.client;
    const [client] = await scene.connect(PATIENT);
    const options = PREFIXES.map((redisPrefix) => redisOptions(client!, { redisPrefix }));
    hints = options.map((each) => new ActiveBroadcastHint(each));
    locks = options.map((each) => new CreateLockService(each));
  });

  beforeEach(() => redis.flushall());

  afterAll(async () => {
    for (const each of [...hints, ...locks]) each.onModuleDestroy();
    await scene.stop();
  });

  const inAMinute = (): Date => new Date(Date.now() + 60_000);

  async function customersOf(hint: ActiveBroadcastHint): Promise<string[]> {
    const customers: string[] = [];
    for await (const page of hint.walk(100)) customers.push(...page);
    return customers;
  }

  it('have a key of their own for the same customer', async () => {
    const [green, blue, plain] = hints as [ActiveBroadcastHint, ActiveBroadcastHint, ActiveBroadcastHint];
    const id = randomUUID();
    await green.set('42', { kind: 'booking', id }, inAMinute());
    expect(await redis.get('green:customer:active-broadcast:42')).toBe(`booking:${id}`);
    expect([await blue.read('42'), await plain.read('42')]).toEqual([null, null]);
    await plain.set('42', { kind: 'order', id }, inAMinute());
    expect(await redis.get('customer:active-broadcast:42')).toBe(`order:${id}`);
    expect(await green.readMany(['42'])).toEqual([`booking:${id}`]);
  });

  it('walk over their own keys alone', async () => {
    for (const [index, hint] of hints.entries())
      await hint.set(`c${index}`, { kind: 'booking', id: randomUUID() }, inAMinute());
    expect(await Promise.all(hints.map(customersOf))).toEqual([['c0'], ['c1'], ['c2']]);
  });

  it('end a broadcast for themselves alone', async () => {
    const ended = { kind: 'booking', id: randomUUID() };
    await hints[0]!.close('42', ended);
    expect(await redis.keys('*')).toEqual([expect.stringMatching(/^green:customer:closed-broadcast:/)]);
    expect(await hints[0]!.set('42', ended, inAMinute())).toBe(false);
    expect(await hints[1]!.set('42', ended, inAMinute())).toBe(true);
  });

  it('lock the same customer at the same time', async () => {
    const outcomes = await Promise.all(locks.map((lock) => lock.acquire('42')));
    // A machine that is busy for longer than a vote may take finds a lock unavailable; held would be another deployment's.
    expect(outcomes.map(({ state }) => state)).not.toContain('held');
    const expected = PREFIXES.map((prefix) => `${prefix}lock:customer-broadcast-create:42`);
    for (const key of await redis.keys('*')) expect(expected).toContain(key);
  });
});
