import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

import { ActiveBroadcastHint } from '../src/hint/active-broadcast.hint.ts';
import { PATIENT, redisOptions, startRedisScene, type RedisScene } from './redis-scene.ts';

const KEY = 'customer:active-broadcast:c1';
const GRACE_MS = 60_000;

describe('the key', () => {
  let scene: RedisScene;
  let hint: ActiveBroadcastHint;
  let redis: Redis;

  beforeAll(async () => {
    scene = await startRedisScene(1);
    redis = scene.servers[0]!.client;
    hint = new ActiveBroadcastHint(redisOptions((await scene.connect(PATIENT))[0]!));
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    hint.onModuleDestroy();
    await scene.stop();
  });

  const broadcast = (kind = 'booking') => ({ kind, id: randomUUID() });
  const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

  it('names the broadcast, and ends 60 s after its deadline', async () => {
    const opened = broadcast();
    const deadline = inSeconds(120);
    expect(await hint.set('c1', opened, deadline)).toBe(true);
    expect(await redis.get(KEY)).toBe(`booking:${opened.id}`);
    expect(await redis.pexpiretime(KEY)).toBe(deadline.getTime() + GRACE_MS);
  });

  it('that is written after its end is not there', async () => {
    await hint.set('c1', broadcast(), inSeconds(-61));
    expect(await redis.exists(KEY)).toBe(0);
  });

  it('of a broadcast that has ended is not written again, under any order of the two', async () => {
    const ended = broadcast();
    expect(await hint.close('c1', ended)).toBe(false);
    expect(await hint.set('c1', ended, inSeconds(120))).toBe(false);
    expect(await redis.exists(KEY)).toBe(0);

    const next = broadcast('order');
    expect(await hint.set('c1', next, inSeconds(120))).toBe(true);
    expect(await hint.close('c1', next)).toBe(true);
    expect(await hint.set('c1', next, inSeconds(120))).toBe(false);
    expect(await redis.exists(KEY)).toBe(0);
  });

  it('of a newer broadcast survives the end of an older one', async () => {
    const [old, newer] = [broadcast(), broadcast('order')];
    await hint.set('c1', old, inSeconds(120));
    await hint.close('c1', old);
    await hint.set('c1', newer, inSeconds(120));
    expect(await hint.close('c1', old)).toBe(false);
    expect(await hint.deleteIfSame('c1', `booking:${old.id}`)).toBe(false);
    expect(await hint.read('c1')).toBe(`order:${newer.id}`);
  });

  it('is remembered as closed for as long as it could have lived', async () => {
    const ended = broadcast();
    await hint.close('c1', ended);
    const ttlMs = await redis.pttl(`customer:closed-broadcast:{customer:active-broadcast:c1}:${ended.id}`);
    expect(ttlMs).toBeGreaterThan(175_000);
    expect(ttlMs).toBeLessThanOrEqual(180_000);
  });

  it('is written and closed after the scripts were forgotten', async () => {
    await redis.script('FLUSH');
    const opened = broadcast();
    expect(await hint.set('c1', opened, inSeconds(120))).toBe(true);
    await redis.script('FLUSH');
    expect(await hint.close('c1', opened)).toBe(true);
  });
});
