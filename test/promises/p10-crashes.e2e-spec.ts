import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { type ApiAnswer, createApiClient } from '../support/api-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { type Hold, holdWriters } from '../support/hold.ts';
import { keyOf, lockOf, newName, validBooking } from '../support/requests.ts';
import { listRows } from '../support/rows.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait.ts';

/**
 * What a caller is told who does not know the outcome: nothing, or, on a machine that needs as long as a deadline to get as far as
 * to kill the process, that it is not known.
 */
const UNKNOWN = [undefined, 'DEPENDENCY_UNAVAILABLE'];
const codeOf = (answer: ApiAnswer | null): unknown => answer?.body.code;

/** Each test has a replica of its own to break, and the cluster's replica for the repetition. */
describe('a request whose answer was lost', () => {
  let cluster: Cluster;
  let proxy: TcpProxy;
  let hold: Hold | undefined;
  let victim: ServiceProcess;

  beforeAll(async () => {
    cluster = await startCluster({ orders: 0, env: { EXPIRY_MODE: 'external' } });
    proxy = await startTcpProxy(cluster.database.url);
  });

  afterEach(async () => {
    await hold?.release();
    proxy.pass();
  });

  afterAll(async () => {
    await cluster.stop();
    await proxy.stop();
  });

  const startVictim = async (): Promise<void> => {
    victim = await cluster.add('booking-service', { DATABASE_URL: proxy.url });
  };

  const create = (service: ServiceProcess, sub: string): Promise<ApiAnswer> =>
    createApiClient(service.url, { sub, role: 'customer' }).post('/v1/bookings', validBooking(), {
      headers: { 'idempotency-key': 'k' },
    });

  /** Lets the commit happen, and keeps the server's word of it from the victim. */
  async function commitUnheard(sub: string): Promise<void> {
    proxy.hold('down');
    await hold!.release();
    await waitFor(async () => (await listRows(cluster.database, sub)).length === 1, {
      describe: 'the commit to be seen by others',
    });
  }

  it('after the commit, by a process that was killed: the first result is the answer', async () => {
    await startVictim();
    const sub = newName('customer');
    hold = await holdWriters(cluster.database, { table: 'bookings', on: 'INSERT', at: 'commit' });
    const lost = create(victim, sub).catch(() => null);
    await hold.reached();
    await commitUnheard(sub);
    await victim.kill();
    expect(UNKNOWN).toContain(codeOf(await lost));

    const retried = await create(cluster.bookings[0]!, sub);
    expect(retried.status).toBe(201);
    expect(retried.headers.get('idempotency-replayed')).toBe('true');
    expect(retried.headers.get('location')).toBe(`/v1/bookings/${retried.body.id}`);
    expect(await listRows(cluster.database, sub)).toMatchObject([{ id: retried.body.id }]);
  });

  it('after the commit, by a connection that was cut: the first result is the answer', async () => {
    await startVictim();
    const sub = newName('customer');
    hold = await holdWriters(cluster.database, { table: 'bookings', on: 'INSERT', at: 'commit' });
    const unknown = create(victim, sub);
    await hold.reached();
    await commitUnheard(sub);
    proxy.reset();
    proxy.pass();
    expect(await unknown).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });

    const retried = await create(victim, sub);
    expect(retried.status).toBe(201);
    expect(retried.headers.get('idempotency-replayed')).toBe('true');
    expect(await listRows(cluster.database, sub)).toMatchObject([{ id: retried.body.id }]);
    await victim.stop();
  });

  it.each(['statement', 'commit'] as const)(
    'before the commit, by a process that was killed at the %s: no claim of it is left',
    async (at) => {
      await startVictim();
      const sub = newName('customer');
      hold = await holdWriters(cluster.database, { table: 'bookings', on: 'INSERT', at });
      const lost = create(victim, sub).catch(() => null);
      await hold.reached();
      await victim.kill();
      await hold.terminate();
      expect(UNKNOWN).toContain(codeOf(await lost));
      expect(await listRows(cluster.database, sub)).toEqual([]);
      await hold.release();

      await cluster.redis.client.del(lockOf(sub)); // it would end by itself, which P6 is about
      const retried = await create(cluster.bookings[0]!, sub);
      expect(retried.status).toBe(201);
      expect(retried.headers.get('idempotency-replayed')).toBeNull();
      expect(await listRows(cluster.database, sub)).toMatchObject([{ id: retried.body.id }]);
    },
  );

  it('by a process that was paused: another replica says that it is running, until Postgres ends it', async () => {
    await startVictim();
    const sub = newName('customer');
    hold = await holdWriters(cluster.database, { table: 'bookings', on: 'INSERT', at: 'statement' });
    const paused = create(victim, sub).catch(() => null);
    await hold.reached();
    await victim.pause();
    const released = hold.release(); // it waits for the paused transaction to be ended
    const early = await create(cluster.bookings[0]!, sub);
    expect(early).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_IN_PROGRESS' } });
    await released;
    await cluster.redis.client.del(lockOf(sub));
    const retried = await create(cluster.bookings[0]!, sub);
    expect(retried.status).toBe(201);
    await victim.resume();
    await paused;
    expect(await listRows(cluster.database, sub)).toMatchObject([{ id: retried.body.id }]);
    expect(await cluster.redis.client.get(keyOf(sub))).toBe(`booking:${retried.body.id}`);
    await victim.stop();
  });
});
