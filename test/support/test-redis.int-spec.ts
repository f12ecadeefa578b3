import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { startTestRedis, type TestRedis } from './test-redis.ts';
import { waitFor } from './wait.ts';

describe('a test Redis', () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startTestRedis();
  });

  beforeEach(async () => {
    await redis.client.flushall();
  });

  afterAll(async () => {
    await redis.stop();
    await redis.stop();
  });

  it('answers nothing while it is paused, and what it was asked once it goes on', async () => {
    await redis.pause();
    let isAnswered = false;
    const answer = redis.client.set('key', 'value').then(() => (isAnswered = true));
    const sameMoment = fetch('http://127.0.0.1:9/').catch(() => 'refused');
    await sameMoment;
    expect(isAnswered).toBe(false);
    await redis.resume();
    await answer;
    await expect(redis.client.get('key')).resolves.toBe('value');
  });

  it('fails commands at once while it is killed, and comes back empty on the same URL', async () => {
    const { pid } = redis;
    await redis.client.set('key', 'value');
    await redis.kill();
    await waitFor(() => redis.client.status !== 'ready', { describe: 'the client to notice' });
    await expect(redis.client.get('key')).rejects.toThrow();
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    await expect(redis.client.get('key')).resolves.toBeNull();
  });

  it('stops while it is paused', async () => {
    const another = await startTestRedis();
    const { pid } = another;
    await another.pause();
    await another.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
