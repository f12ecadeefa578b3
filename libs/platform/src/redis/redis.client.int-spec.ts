import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { TestRedis, until } from '../../test/redis-server.ts';
import { createRedis } from './redis.client.ts';

let server: TestRedis;
let redis: Redis;

beforeEach(async () => {
  server = await TestRedis.reserve();
});

afterEach(async () => {
  redis.disconnect();
  await server.stop();
});

async function connect(): Promise<void> {
  redis = createRedis(server.url, 'guard');
  await until(() => redis.status === 'ready');
}

/** How long it takes to be refused, in milliseconds. */
async function msToRejection(command: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await expect(command).rejects.toThrow();
  return performance.now() - start;
}

describe('createRedis', () => {
  test('carries the connection name', async () => {
    await server.start();
    await connect();
    expect(await redis.client('GETNAME')).toBe('guard');
  });

  test('refuses at once while Redis is down, writes nothing later, and connects when it is there', async () => {
    redis = createRedis(server.url, 'guard');
    expect(await msToRejection(redis.set('k', 'v'))).toBeLessThan(50);
    await server.start();
    await until(() => redis.status === 'ready');
    // Just started, it may need more than the time of a command for its first answer.
    await until(async () => (await redis.get('k').catch(() => 'no answer')) === null);
  });

  test('refuses within 150 ms when Redis is frozen', async () => {
    await server.start();
    await connect();
    server.freeze();
    expect(await msToRejection(redis.get('k'))).toBeLessThan(150);
    server.thaw();
    await until(async () => (await redis.ping().catch(() => '')) === 'PONG');
  });

  test('replaces the connection of a server that stays silent', async () => {
    await server.start();
    await connect();
    server.freeze();
    const closed = new Promise((resolve) => redis.once('close', resolve));
    await expect(redis.get('k')).rejects.toThrow();
    await closed;
    expect(await msToRejection(redis.get('k'))).toBeLessThan(150);
    server.thaw();
    await until(() => redis.status === 'ready');
  });

  test('refuses what was under way when the connection broke, and heals', async () => {
    await server.start();
    await connect();
    server.freeze();
    const underWay = redis.set('k', 'v');
    const elapsed = msToRejection(underWay);
    await server.stop();
    expect(await elapsed).toBeLessThan(150);
    await server.start();
    await until(() => redis.status === 'ready');
    expect(await redis.get('k')).toBeNull();
  });
});
