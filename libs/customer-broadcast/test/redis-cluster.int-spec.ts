import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from 'ioredis';
import { DataSource } from 'typeorm';

import { startRedisCluster, type TestRedisCluster } from '../../../test/support/redis-cluster.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { ActiveBroadcastHint } from '../src/hint/active-broadcast.hint.ts';
import { ActiveBroadcastRepository } from '../src/check/active-broadcast.repository.ts';
import { CreateLockService } from '../src/lock/create-lock.service.ts';
import { KeyReconciler } from '../src/reconcile/key.reconciler.ts';
import { redisOptions } from './redis-scene.ts';

/** Enough for each of three nodes to have some, and names with braces, of which a Cluster hashes a part only. */
const CUSTOMERS = [...Array.from({ length: 60 }, (_, index) => `c${index}`), '{a}b', 'a{b}c', 'a{b'];

describe('on a Redis Cluster', () => {
  let servers: TestRedisCluster;
  let database: TestDatabase;
  let dataSource: DataSource;
  let cluster: Cluster;
  let hint: ActiveBroadcastHint;
  let lock: CreateLockService;
  let reconciler: KeyReconciler;

  beforeAll(async () => {
    [servers, database] = await Promise.all([startRedisCluster(), createTestDatabase()]);
    dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    cluster = await servers.connect();
    const options = redisOptions(cluster, { reconcileIntervalMs: 30_000, background: false });
    hint = new ActiveBroadcastHint(options);
    lock = new CreateLockService(options);
    reconciler = new KeyReconciler(options, hint, new ActiveBroadcastRepository(dataSource));
  });
  beforeEach(async () => {
    await Promise.all(cluster.nodes('master').map((node) => node.flushall()));
  });
  afterAll(async () => {
    hint.onModuleDestroy();
    lock.onModuleDestroy();
    await dataSource.destroy();
    await Promise.all([servers.stop(), database.drop()]);
  });

  const keys = async (): Promise<number[]> =>
    Promise.all(cluster.nodes('master').map((node) => node.dbsize()));

  it.each(CUSTOMERS.slice(-5))(
    'the key of %s is set, closed, opened again and deleted',
    async (customerId) => {
      const broadcast = { kind: 'booking', id: randomUUID() };
      const soon = new Date(Date.now() + 60_000);
      expect(await hint.set(customerId, broadcast, soon)).toBe(true);
      expect(await hint.read(customerId)).toBe(`booking:${broadcast.id}`);
      expect(await hint.close(customerId, broadcast)).toBe(true);
      expect(await hint.set(customerId, broadcast, soon)).toBe(false);
      const mark = await hint.readTombstone(customerId, broadcast);
      expect(await hint.reopen(customerId, broadcast, soon, mark!)).toBe(true);
      expect(await hint.deleteIfSame(customerId, 'order:another')).toBe(false);
      expect(await hint.deleteIfSame(customerId, `booking:${broadcast.id}`)).toBe(true);
    },
  );

  it('goes without a key for a customer whose id has a brace that closes nothing', async () => {
    const soon = new Date(Date.now() + 60_000);
    await expect(hint.set('{}a', { kind: 'booking', id: randomUUID() }, soon)).rejects.toThrow(/^CROSSSLOT/);
    expect(hint.breaker.healthy).toBe(true);
    expect(await hint.read('{}a')).toBeNull();
  });

  it('keys and locks are spread over all nodes', async () => {
    const soon = new Date(Date.now() + 60_000);
    for (const customerId of CUSTOMERS)
      await hint.set(customerId, { kind: 'booking', id: randomUUID() }, soon);
    expect((await keys()).every((count) => count > 0)).toBe(true);
    expect((await hint.readMany(CUSTOMERS)).filter((value) => value === null)).toEqual([]);
    const outcomes = [];
    for (const customerId of CUSTOMERS) outcomes.push(await lock.acquire(customerId));
    expect(outcomes.filter(({ state }) => state !== 'acquired')).toEqual([]);
    const again = [];
    for (const customerId of CUSTOMERS) again.push(await lock.acquire(customerId));
    expect(again.filter(({ state }) => state !== 'held')).toEqual([]);
    for (const outcome of outcomes) if (outcome.state === 'acquired') await outcome.release();
    expect((await lock.acquire(CUSTOMERS[0]!)).state).toBe('acquired');
  });

  it('the reconciler deletes the keys of no broadcast and writes the missing ones, on every node', async () => {
    await database.query(
      `INSERT INTO bookings (customer_id, expires_at) SELECT 'missing-' || n, now() + interval '1 minute' FROM generate_series(1, 60) n`,
    );
    const soon = new Date(Date.now() + 60_000);
    for (const customerId of CUSTOMERS)
      await hint.set(customerId, { kind: 'booking', id: randomUUID() }, soon);
    expect(await reconciler.reconcile()).toEqual({ stale: CUSTOMERS.length, missing: 60, slotDrift: 0 });
    expect(await reconciler.reconcile()).toEqual({ stale: 0, missing: 0, slotDrift: 0 });
    expect((await keys()).reduce((sum, count) => sum + count)).toBe(60);
  });
});
