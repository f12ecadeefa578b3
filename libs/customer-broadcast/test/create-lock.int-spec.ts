import { afterEach, describe, expect, it } from '@jest/globals';
import type { Redis, RedisOptions } from 'ioredis';
import { setImmediate as immediate } from 'node:timers/promises';

import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts';
import { settlesWithin, waitFor } from '../../../test/support/wait.ts';
import { CreateLockService, type LockOutcome } from '../src/lock/create-lock.service.ts';
import { PATIENT, redisOptions, startRedisScene, type RedisScene } from './redis-scene.ts';

const KEY = 'lock:customer-broadcast-create:c1';
/** The limit of a vote is 120 ms; a loaded machine may take as long again. */
const UNAVAILABLE_LIMIT_MS = 240;
/** Of a lock whose end is waited for. */
const LIFE_MS = 400;

describe('the create lock', () => {
  let scene: RedisScene;
  const locks: CreateLockService[] = [];
  const ways: TcpProxy[] = [];

  afterEach(async () => {
    for (const lock of locks.splice(0)) lock.onModuleDestroy();
    await Promise.all(ways.splice(0).map((way) => way.stop()));
    await scene.stop();
  });

  const newLock = async (
    lockTtlMs = 10_000,
    options?: RedisOptions,
    through?: readonly TcpProxy[],
  ): Promise<CreateLockService> => {
    const lockRedis = await scene.connect(options, through);
    const lock = new CreateLockService(redisOptions(lockRedis[0]!, { lockRedis, lockTtlMs }));
    locks.push(lock);
    return lock;
  };
  const stateOf = async (outcome: Promise<LockOutcome>): Promise<string> => (await outcome).state;
  const acquired = (outcome: LockOutcome): Extract<LockOutcome, { state: 'acquired' }> => {
    expect(outcome.state).toBe('acquired');
    return outcome as Extract<LockOutcome, { state: 'acquired' }>;
  };

  const countHeld = async (): Promise<number> => {
    const found = await Promise.all(scene.servers.map(({ client }) => client.exists(KEY)));
    return found.filter((exists) => exists === 1).length;
  };
  /** Long before it ends by itself. */
  const untilGone = (): Promise<unknown> =>
    waitFor(async () => (await countHeld()) === 0, { timeoutMs: 2000, describe: 'no node to hold the lock' });

  describe.each([1, 3])('on %i node(s)', (nodes) => {
    it('is held for everybody else until it is released, by the key and the time of the contract', async () => {
      scene = await startRedisScene(nodes);
      const [first, second] = [await newLock(), await newLock()];
      const lock = acquired(await first.acquire('c1'));
      expect(await stateOf(second.acquire('c1'))).toBe('held');
      expect(await stateOf(first.acquire('c1'))).toBe('held');
      expect(await stateOf(second.acquire('c2'))).toBe('acquired');
      const ttlMs = await scene.servers[0]!.client.pttl(KEY);
      expect(ttlMs).toBeGreaterThan(9_000);
      expect(ttlMs).toBeLessThanOrEqual(10_000);
      await lock.release();
      acquired(await second.acquire('c1'));
    });

    it('is had although this process stands still between question and answer', async () => {
      scene = await startRedisScene(nodes);
      const lock = await newLock(10_000, { commandTimeout: undefined });
      await (await lock.acquire('c2').then(acquired)).release(); // the script is known to the nodes
      const asked = lock.acquire('c1');
      await immediate(); // written, and answered while nobody listens
      const untilMs = performance.now() + 300;
      while (performance.now() < untilMs);
      acquired(await asked);
    });

    it.each(['kill', 'pause'] as const)(
      'is unavailable, fast and then at once, when all are down: %s',
      async (how) => {
        scene = await startRedisScene(nodes);
        const lock = await newLock();
        await Promise.all(scene.servers.map((server) => server[how]()));
        for (const limitMs of [UNAVAILABLE_LIMIT_MS, 20]) {
          const outcome = stateOf(lock.acquire('c1'));
          expect(await settlesWithin(limitMs, outcome)).toBe(true);
          expect(await outcome).toBe('unavailable');
        }
      },
    );

    it('of an owner whose time is over is not released by it from under the next owner', async () => {
      scene = await startRedisScene(nodes);
      const [first, second] = [await newLock(), await newLock()];
      // A majority is enough to acquire; the last node's grant arrives a moment later.
      const grantedByAll = (): Promise<boolean> => waitFor(async () => (await countHeld()) === nodes);
      const stale = acquired(await first.acquire('c1'));
      await grantedByAll();
      await Promise.all(scene.servers.map(({ client }) => client.del(KEY)));
      acquired(await second.acquire('c1'));
      await grantedByAll();
      const owners = await Promise.all(scene.servers.map(({ client }) => client.get(KEY)));
      await stale.release();
      expect(await Promise.all(scene.servers.map(({ client }) => client.get(KEY)))).toEqual(owners);
      expect(first.breaker.healthy).toBe(true);
    });

    it('whose release fails is logged, not thrown, and goes when Redis is back', async () => {
      scene = await startRedisScene(nodes);
      const lock = acquired(await (await newLock()).acquire('c1'));
      await Promise.all(scene.servers.map((server) => server.pause()));
      await expect(lock.release()).resolves.toBeUndefined();
      await Promise.all(scene.servers.map((server) => server.resume()));
      await untilGone();
    });

    it('is given back at once also while the breaker is open: a busy machine opens it, and Redis is there', async () => {
      scene = await startRedisScene(nodes);
      const locks = await newLock(10_000, PATIENT);
      const lock = acquired(await locks.acquire('c1'));
      await waitFor(async () => (await countHeld()) === nodes);
      const noTurn = (): Promise<never> => Promise.reject(new Error('No answer within 100 ms'));
      await expect(locks.breaker.run(noTurn)).rejects.toThrow('No answer');
      expect(locks.breaker.healthy).toBe(false);
      await lock.release();
      expect(await countHeld()).toBeLessThan(nodes / 2);
    });

    it('whose release is refused by a Redis that is there goes as soon as it is not', async () => {
      scene = await startRedisScene(nodes);
      const lock = acquired(await (await newLock(10_000, PATIENT)).acquire('c1'));
      const refuseWrites = (replicas: number): Promise<unknown> =>
        Promise.all(
          scene.servers.map(({ client }) => client.config('SET', 'min-replicas-to-write', replicas)),
        );
      await refuseWrites(1);
      await lock.release();
      await refuseWrites(0);
      await untilGone();
    });

    it.each<[what: string, forge: (client: Redis) => Promise<unknown>]>([
      ['without a lifetime', (client) => client.set(KEY, 'forged')],
      ['with a longer lifetime', (client) => client.set(KEY, 'forged', 'PX', 3_600_000)],
      ['of another type', (client) => client.rpush(KEY, 'forged')],
    ])('refuses because of a forged key %s for no longer than it lives itself', async (_what, forge) => {
      scene = await startRedisScene(nodes);
      const lock = await newLock(LIFE_MS, PATIENT);
      await Promise.all(scene.servers.map(({ client }) => forge(client)));
      expect(await stateOf(lock.acquire('c1'))).toBe('held');
      const limit = { timeoutMs: LIFE_MS + 1000, describe: 'the forged key to end' };
      await waitFor(async () => (await stateOf(lock.acquire('c1'))) === 'acquired', limit);
    });

    it('that another create asks for does not live any longer', async () => {
      scene = await startRedisScene(nodes);
      const [first, second] = [await newLock(), await newLock()];
      acquired(await first.acquire('c1'));
      await waitFor(async () => (await countHeld()) === nodes);
      const { client } = scene.servers[0]!;
      await waitFor(async () => (await client.pttl(KEY)) < 9_990);
      expect(await stateOf(second.acquire('c1'))).toBe('held');
      expect(await client.pttl(KEY)).toBeLessThan(9_990);
    });

    it('that was granted by an answer which got lost with its connection does not stay', async () => {
      scene = await startRedisScene(nodes);
      ways.push(...(await Promise.all(scene.servers.map(({ url }) => startTcpProxy(url)))));
      const lock = await newLock(10_000, PATIENT, ways);
      const warm = acquired(await lock.acquire('c1'));
      await waitFor(async () => (await countHeld()) === nodes); // all know the script: the next grant is one command
      await warm.release();
      await untilGone();
      for (const way of ways) way.hold('down');
      const outcome = stateOf(lock.acquire('c1'));
      await waitFor(async () => (await countHeld()) === nodes);
      for (const way of ways) {
        way.reset();
        way.pass();
      }
      expect(await outcome).toBe('unavailable');
      await untilGone();
    });
  });

  it('is acquired when 1 of 3 nodes is paused, and unavailable when 2 are', async () => {
    scene = await startRedisScene(3);
    const lock = await newLock();
    await scene.servers[0]!.pause();
    await acquired(await lock.acquire('c1')).release();
    await scene.servers[1]!.pause();
    expect(await stateOf(lock.acquire('c1'))).toBe('unavailable');
    await scene.servers[1]!.resume();
    await waitFor(() => lock.breaker.healthy);
    await waitFor(async () => (await stateOf(lock.acquire('c1'))) === 'acquired', { timeoutMs: 2000 });
  });

  it('has exactly one winner of three askers on three nodes, in every round', async () => {
    scene = await startRedisScene(3);
    const askers = [await newLock(), await newLock(), await newLock()];
    for (let round = 0; round < 60; round++) {
      const outcomes = await Promise.all(askers.map((asker) => asker.acquire(`round-${round}`)));
      const states = outcomes.map(({ state }) => state).sort();
      expect({ round, states }).toEqual({ round, states: ['acquired', 'held', 'held'] });
    }
  });

  it('never hangs with an even number of nodes', async () => {
    scene = await startRedisScene(2);
    const [first, second] = [await newLock(), await newLock()];
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.all([first, second].map((asker) => asker.acquire(`even-${round}`)));
      for (const outcome of outcomes) if (outcome.state === 'acquired') await outcome.release();
    }
    await waitFor(() => first.breaker.healthy);
    const lock = acquired(await first.acquire('c1'));
    await scene.servers[1]!.pause();
    await lock.release();
  });

  it.each([2, 3])('leaves nothing of a vote on %i nodes that no asker has won', async (nodes) => {
    scene = await startRedisScene(nodes);
    const lock = await newLock();
    const [mine, ...others] = scene.servers.map(({ client }) => client);
    await Promise.all(others.map((client, i) => client.set(KEY, `asker ${i}`, 'PX', 10_000)));
    expect(await stateOf(lock.acquire('c1'))).not.toBe('acquired');
    await waitFor(async () => (await mine!.exists(KEY)) === 0, { timeoutMs: 2000 });
    expect(await Promise.all(others.map((client) => client.exists(KEY)))).toEqual(others.map(() => 1));
  });

  it('that was granted too late to be valid is unavailable, and does not stay', async () => {
    scene = await startRedisScene(1);
    const lock = await newLock(40);
    const { client } = scene.servers[0]!;
    acquired(await lock.acquire('warm')); // its script is known: the next grant is one command
    await client.call('CLIENT', 'PAUSE', '70', 'WRITE');
    expect(await stateOf(lock.acquire('c1'))).toBe('unavailable');
    await waitFor(async () => (await client.exists(KEY)) === 0);
  });
});
