import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';

import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { ActiveBroadcastHint } from '../src/hint/active-broadcast.hint.ts';
import { ActiveBroadcastRepository } from '../src/check/active-broadcast.repository.ts';
import type { OptionsWithRedis } from '../src/interfaces/customer-broadcast-options.interface.ts';
import { KeyReconciler } from '../src/reconcile/key.reconciler.ts';
import { PATIENT, redisOptions, startRedisScene, type RedisScene } from './redis-scene.ts';

const keyOf = (sub: string): string => `customer:active-broadcast:${sub}`;

describe('the reconciler', () => {
  let scene: RedisScene;
  let database: TestDatabase;
  let dataSource: DataSource;
  let hint: ActiveBroadcastHint;
  let reconciler: KeyReconciler;
  let options: OptionsWithRedis;

  beforeAll(async () => {
    [scene, database] = await Promise.all([startRedisScene(1), createTestDatabase()]);
    dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    const [redis] = await scene.connect(PATIENT);
    options = redisOptions(redis!, { reconcileIntervalMs: 30_000, background: false });
    hint = new ActiveBroadcastHint(options);
    reconciler = new KeyReconciler(options, hint, new ActiveBroadcastRepository(dataSource));
  });
  beforeEach(() => scene.servers[0]!.client.flushall());
  afterEach(() => database.query('DELETE FROM bookings'));
  afterAll(async () => {
    hint.onModuleDestroy();
    await dataSource.destroy();
    await Promise.all([scene.stop(), database.drop()]);
  });

  const open = async (count: number, prefix = 'c', deadline = '1 minute'): Promise<string[]> => {
    const rows = await database.query<{ id: string }>(
      `INSERT INTO bookings (id, customer_id, trucks_needed, expires_at, pickup, drop_off, vehicle_type)
       SELECT gen_random_uuid(), $1 || n, 1, now() + $2::interval, '{}', '{}', 'open' FROM generate_series(1, $3) n
       RETURNING id`,
      [prefix, deadline, count],
    );
    return rows.map(({ id }) => id);
  };
  const key = (sub: string): Promise<string | null> => scene.servers[0]!.client.get(keyOf(sub));

  it('writes every missing key, beyond one page, and then finds nothing to do', async () => {
    await open(1203);
    expect(await reconciler.reconcile()).toEqual({ stale: 0, missing: 1203, slotDrift: 0 });
    expect(await reconciler.reconcile()).toEqual({ stale: 0, missing: 0, slotDrift: 0 });
    expect(await scene.servers[0]!.client.dbsize()).toBe(1203);
  });

  it('ends after a page when its module is being destroyed', async () => {
    await open(1203);
    const ending = new KeyReconciler(options, hint, new ActiveBroadcastRepository(dataSource));
    await ending.onModuleDestroy();
    expect(await ending.reconcile()).toMatchObject({ missing: 500 });
  });

  it('deletes the keys of no broadcast, and replaces those of another one', async () => {
    const [id] = await open(1);
    await scene.servers[0]!.client.mset(keyOf('c1'), 'order:another', keyOf('nobody'), `booking:${id!}`);
    expect(await reconciler.reconcile()).toEqual({ stale: 2, missing: 1, slotDrift: 0 });
    expect(await key('c1')).toBe(`booking:${id!}`);
    expect(await key('nobody')).toBeNull();
  });

  it('writes no key of a broadcast that is overdue', async () => {
    await open(1, 'overdue', '-1 second');
    expect(await reconciler.reconcile()).toMatchObject({ missing: 0 });
    expect(await key('overdue1')).toBeNull();
  });

  it('writes the key of a broadcast that a forged event calls ended, and it can end again', async () => {
    const [id] = await open(1, 'forged');
    const broadcast = { kind: 'booking', id: id! };
    await hint.close('forged1', broadcast);
    expect(await reconciler.reconcile()).toMatchObject({ missing: 1 });
    expect(await key('forged1')).toBe(`booking:${id!}`);
    await hint.close('forged1', broadcast);
    expect(await key('forged1')).toBeNull();
    expect(await hint.set('forged1', broadcast, new Date(Date.now() + 60_000))).toBe(false);
  });

  it('writes no key of a broadcast that ends while it looks', async () => {
    const [id] = await open(1, 'ending');
    const broadcast = { kind: 'booking', id: id! };
    await hint.close('ending1', broadcast);
    const mark = await hint.readTombstone('ending1', broadcast);
    expect(mark).not.toBeNull();
    await hint.close('ending1', broadcast);
    expect(await hint.reopen('ending1', broadcast, new Date(Date.now() + 60_000), mark!)).toBe(false);
    expect(await key('ending1')).toBeNull();
  });

  it('reports slots that no active row backs on any page, and leaves them', async () => {
    await open(1203);
    await database.query(
      `INSERT INTO single_active."customer-broadcast" (key, slot, source, row_id)
       SELECT ghost, 1, 'booking', gen_random_uuid() FROM unnest('{a,c2-ghost,ghost}'::text[]) ghost`,
    );
    expect(await reconciler.reconcile()).toMatchObject({ slotDrift: 3 });
    const ghosts = `DELETE FROM customer_broadcast_slots WHERE customer_id ~ '^a$|ghost' RETURNING customer_id`;
    expect(await database.query(ghosts)).toHaveLength(3);
  });
});
