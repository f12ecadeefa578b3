import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { setImmediate as immediate } from 'node:timers/promises';
import { settlesWithin } from '../../../../test/support/wait.ts';
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

async function expectRejectionWithin(limitMs: number, command: Promise<unknown>): Promise<void> {
  expect(await settlesWithin(limitMs, command)).toBe(true);
  await expect(command).rejects.toThrow();
}

describe('createRedis', () => {
  test('carries the connection name', async () => {
    await server.start();
    await connect();
    expect(await redis.client('GETNAME')).toBe('guard');
  });

  test('refuses at once while Redis is down, writes nothing later, and connects when it is there', async () => {
    redis = createRedis(server.url, 'guard');
    await expectRejectionWithin(50, redis.set('k', 'v'));
    await server.start();
    await until(() => redis.status === 'ready');
    // Just started, it may need more than the time of a command for its first answer.
    await until(async () => (await redis.get('k').catch(() => 'no answer')) === null);
  });

  test('refuses within 150 ms when Redis is frozen', async () => {
    await server.start();
    await connect();
    server.freeze();
    await expectRejectionWithin(150, redis.get('k'));
    server.thaw();
    await until(async () => (await redis.ping().catch(() => '')) === 'PONG');
  });

  test('does not take a stall of its own for one of Redis', async () => {
    await server.start();
    await connect();
    await redis.set('k', 'v');
    const answers = Array.from({ length: 100 }, () => redis.get('k'));
    await immediate(); // they have been written now, and Redis answers them
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['v']));
  });

  test('replaces the connection of a server that stays silent', async () => {
    await server.start();
    await connect();
    server.freeze();
    const closed = new Promise((resolve) => redis.once('close', resolve));
    await expect(redis.get('k')).rejects.toThrow();
    await closed;
    await expectRejectionWithin(150, redis.get('k'));
    server.thaw();
    await until(() => redis.status === 'ready');
  });

  test('refuses what was under way when the connection broke, and heals', async () => {
    await server.start();
    await connect();
    server.freeze();
    const underWay = redis.set('k', 'v');
    const refused = expectRejectionWithin(150, underWay);
    await server.stop();
    await refused;
    await server.start();
    await until(() => redis.status === 'ready');
    expect(await redis.get('k')).toBeNull();
  });
});
