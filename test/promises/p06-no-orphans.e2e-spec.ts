import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PoolClient } from 'pg';

import { createApiClient, type ApiAnswer } from '../support/api-client.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, keyOf, lockOf } from '../support/customer.ts';
import { type Hold, holdWriters } from '../support/hold.ts';
import { newName } from '../support/requests.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startTestRedis, type TestRedis } from '../support/test-redis.ts';
import { waitFor } from '../support/wait.ts';

const LOCK_TTL_MS = 10_000;

describe('a create whose process is killed', () => {
  let redis: TestRedis;
  let keyProxy: TcpProxy;
  let lockProxy: TcpProxy;
  let cluster: Cluster;
  /** Its Redis connections go through the proxies: one for the key, one for the lock. */
  let victim: ServiceProcess;
  let survivor: ServiceProcess;

  let sub: string;
  let heir: ServiceProcess | null = null;
  let hold: Hold | null = null;
  let blocker: PoolClient | null = null;

  beforeAll(async () => {
    redis = await startTestRedis();
    [keyProxy, lockProxy] = await Promise.all([startTcpProxy(redis.url), startTcpProxy(redis.url)]);
    cluster = await startCluster({ redis, bookings: 0, orders: 1 });
    survivor = cluster.orders[0]!;
  });

  beforeEach(async () => {
    sub = newName('orphan');
    victim = await cluster.add('booking-service', {
      REDIS_URL: keyProxy.url,
      REDIS_LOCK_URLS: lockProxy.url,
    });
    await waitFor(() => isReady(victim)); // before that it creates without key and lock
    // A first create may take Redis for too slow, and go on without a lock; another customer has it.
    for (const service of [victim, survivor]) await customerAt(service, newName('first')).create();
  });

  afterEach(async () => {
    blocker?.release(true); // ends its session, and with it the lock
    await hold?.release();
    [blocker, hold] = [null, null];
    // Of the kind of the victim the next test has only its own victim.
    await heir?.stop();
    heir = null;
    await victim.kill();
    for (const proxy of [keyProxy, lockProxy]) proxy.pass();
  });

  afterAll(async () => {
    await cluster.stop();
    await Promise.all([keyProxy.stop(), lockProxy.stop()]);
    await redis.stop();
  });

  const create = (): Promise<unknown> =>
    customerAt(victim, sub)
      .create()
      .catch((error: unknown) => error);
  const isReady = async ({ url }: ServiceProcess): Promise<boolean> =>
    (await createApiClient(url, null).get('/health/ready')).body.status === 'ok';
  /** By a service that has all of its Redis: without it a create goes on, and would show nothing of a lock. */
  const next = async (): Promise<ApiAnswer> => {
    await waitFor(() => isReady(survivor));
    return customerAt(survivor, sub).create();
  };
  const committed = () =>
    cluster.database.query<{ id: string }>('SELECT id FROM bookings WHERE customer_id = $1', [sub]);
  const isLocked = async (): Promise<boolean> => (await redis.client.exists(lockOf(sub))) === 1;

  /** The lock is the only thing left, it has an end, and after that the customer is free. */
  const expectFreeWhenTheLockEnds = async (): Promise<void> => {
    const blocked = await next();
    expect(blocked.status).toBe(409);
    expect(blocked.body.activeBroadcast).toBeNull();
    await endTheLock();
    expect((await next()).status).toBe(201);
  };
  const endTheLock = async (): Promise<void> => {
    const endsInMs = await redis.client.pttl(lockOf(sub));
    expect(endsInMs).toBeGreaterThan(0);
    expect(endsInMs).toBeLessThanOrEqual(LOCK_TTL_MS);
    await redis.client.pexpire(lockOf(sub), 1); // what time would do
    await waitFor(async () => !(await isLocked()));
  };
  /** The broadcast is committed: a 409 that says so, at every moment, and it can be cancelled. */
  const expectTruthfulRefusal = async (): Promise<void> => {
    const [row] = await committed();
    const refused = await next();
    expect(refused.status).toBe(409);
    expect(refused.body.activeBroadcast).toMatchObject({ kind: 'booking', id: row!.id });
    await endTheLock();
    expect((await next()).body.activeBroadcast?.id).toBe(row!.id);
    heir = await cluster.add('booking-service');
    expect((await customerAt(heir, sub).cancel(row!.id)).status).toBe(200);
    expect((await next()).status).toBe(201);
  };

  it('after the lock leaves the customer free', async () => {
    blocker = await cluster.database.pool.connect();
    await blocker.query('BEGIN; LOCK TABLE bookings IN ACCESS EXCLUSIVE MODE');
    const attempt = create();
    await waitFor(isLocked);
    await victim.kill();
    await attempt;
    await blocker.query('ROLLBACK');
    await expectFreeWhenTheLockEnds();
    expect(await committed()).toHaveLength(0);
  });

  it('after the insert, before the commit, leaves the customer free when the session dies with it', async () => {
    hold = await holdWriters(cluster.database, { table: 'bookings', on: 'INSERT', at: 'commit' });
    const attempt = create();
    await hold.reached();
    await victim.kill();
    await attempt;
    await hold.terminate();
    await hold.release();
    await expectFreeWhenTheLockEnds();
    expect(await committed()).toHaveLength(0);
  });

  it('after the insert leaves exactly the broadcast that its session still commits', async () => {
    hold = await holdWriters(cluster.database, { table: 'bookings', on: 'INSERT', at: 'commit' });
    const attempt = create();
    await hold.reached();
    await victim.kill();
    await attempt;
    await hold.release();
    await waitFor(async () => (await committed()).length === 1);
    await expectTruthfulRefusal();
  });

  it('after the commit, before the key, leaves exactly the committed broadcast', async () => {
    hold = await holdWriters(cluster.database, { table: 'bookings', on: 'INSERT', at: 'commit' });
    const attempt = create();
    await hold.reached();
    keyProxy.drop();
    lockProxy.drop();
    await hold.release();
    await waitFor(async () => (await committed()).length === 1);
    await victim.kill();
    await attempt;
    expect(await redis.client.exists(keyOf(sub))).toBe(0);
    await expectTruthfulRefusal();
  });

  it('after the key, before the release, leaves exactly the committed broadcast', async () => {
    hold = await holdWriters(cluster.database, { table: 'bookings', on: 'INSERT', at: 'commit' });
    const attempt = create();
    await hold.reached();
    lockProxy.drop('up');
    await hold.release();
    await waitFor(async () => (await redis.client.exists(keyOf(sub))) === 1);
    await victim.kill();
    await attempt;
    await expectTruthfulRefusal();
  });
});
