import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';

import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts';
import { settlesWithin, waitFor } from '../../../test/support/wait.ts';
import { RedisBreaker, RedisSkippedError } from '../src/hint/redis.breaker.ts';
import { startRedisScene, type RedisScene } from './redis-scene.ts';

/** Longer than two probes are apart. */
const PROBES_MS = 600;
/** A second, and what a loaded machine adds. */
const FIRST_LOOK_LIMIT_MS = 1_200;

describe('the breaker', () => {
  let scene: RedisScene;
  let breaker: RedisBreaker;
  let clients: Redis[];
  let recoveries: number;

  const start = async (nodes: number): Promise<void> => {
    scene = await startRedisScene(nodes);
    clients = await scene.connect();
    breaker = RedisBreaker.forQuorum('test', clients);
    recoveries = 0;
    breaker.recovered.subscribe(() => recoveries++);
  };
  const run = (): Promise<unknown> => breaker.run(() => clients[0]!.get('key'));

  afterEach(async () => {
    breaker.stop();
    await scene.stop();
  });

  describe('of one Redis', () => {
    beforeEach(() => start(1));
    const server = () => scene.servers[0]!;

    it('skips every command after one failure, and stops doing so when Redis answers again', async () => {
      await server().pause();
      await expect(run()).rejects.toThrow('Command timed out');
      const skipped = Array.from({ length: 100 }, run);
      expect(await settlesWithin(100, Promise.allSettled(skipped))).toBe(true);
      for (const command of skipped) await expect(command).rejects.toBeInstanceOf(RedisSkippedError);
      await server().resume();
      await waitFor(() => breaker.healthy);
      await expect(run()).resolves.toBeNull();
      expect(recoveries).toBe(1);
    });

    it('is one for the key and the lock where they share a client', async () => {
      const other = RedisBreaker.forQuorum('lock', clients);
      await server().pause();
      await expect(run()).rejects.toThrow('Command timed out');
      await expect(other.run(() => clients[0]!.ping())).rejects.toBeInstanceOf(RedisSkippedError);
      await server().resume();
    });

    it('goes on after a reply that is an error: Redis is there, and the next command may be fine', async () => {
      await server().client.rpush('key', 'a list');
      await expect(run()).rejects.toThrow('WRONGTYPE');
      expect(breaker.healthy).toBe(true);
      await expect(breaker.run(() => clients[0]!.get('other'))).resolves.toBeNull();
    });

    it('sees a frozen Redis without any command', async () => {
      await server().pause();
      await waitFor(() => !breaker.healthy, { timeoutMs: 2000 });
      await server().resume();
      await waitFor(() => breaker.healthy);
    });

    it('sees every restart, however short, and says that Redis is back', async () => {
      for (let restart = 1; restart <= 3; restart++) {
        await server().restart();
        await waitFor(() => recoveries >= restart && breaker.healthy);
      }
    });

    it('asks no more once it is stopped', async () => {
      breaker.stop();
      await server().kill();
      await waitFor(() => clients[0]!.status !== 'ready');
      expect(breaker.healthy).toBe(true);
    });
  });

  describe('of a process that starts', () => {
    let way: TcpProxy;

    beforeEach(async () => {
      scene = await startRedisScene(1);
      way = await startTcpProxy(scene.servers[0]!.url);
      clients = await scene.connect(undefined, [way]);
    });
    afterEach(() => way.stop());

    const startBreaker = (): void => {
      clients[0]!.disconnect(true); // and connects anew
      breaker = RedisBreaker.forQuorum('test', clients);
      recoveries = 0;
      breaker.recovered.subscribe(() => recoveries++);
    };

    it('waits for the connection, which is no outage', async () => {
      way.hold();
      startBreaker();
      expect(await settlesWithin(PROBES_MS, breaker.firstLook)).toBe(false);
      expect(breaker.healthy).toBe(true);
      way.pass();
      await breaker.firstLook;
      await expect(run()).resolves.toBeNull();
      expect(recoveries).toBe(0);
    });

    it.each(['kill', 'pause'] as const)('waits a second at most, and is open then: %s', async (how) => {
      await scene.servers[0]![how]();
      startBreaker();
      expect(await settlesWithin(FIRST_LOOK_LIMIT_MS, breaker.firstLook)).toBe(true);
      expect(breaker.healthy).toBe(false);
    });
  });

  it('of three stays closed with one of them away, and opens with two', async () => {
    await start(3);
    await scene.servers[0]!.kill();
    await waitFor(() => clients[0]!.status !== 'ready');
    await expect(breaker.run(() => clients[1]!.get('key'))).resolves.toBeNull();
    expect(breaker.healthy).toBe(true);
    await scene.servers[1]!.kill();
    await waitFor(() => !breaker.healthy);
    await scene.servers[1]!.restart();
    await waitFor(() => breaker.healthy);
  });
});
