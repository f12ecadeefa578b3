import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';

import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, keyOf, lockOf, REQUESTS } from '../support/customer.ts';
import { holdWriters } from '../support/hold.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { waitFor } from '../support/wait.ts';

const SEED = Number(process.env.TEST_SEED ?? 20_251_122);
const CUSTOMERS = 12;
const LOCK_TTL_MS = 10_000;

/** A small generator whose whole state is its seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param kills how many processes are killed under load */
export function describeAcknowledged({ kills }: { readonly kills: number }): void {
  describe(`a create that was answered (seed ${SEED})`, () => {
    let cluster: Cluster;
    let replicas: ServiceProcess[];
    const acknowledged = new Set<string>();
    const cancelled = new Set<string>();
    let unknown = 0;

    beforeAll(async () => {
      cluster = await startCluster({ bookings: 2, orders: 2 });
      replicas = [...cluster.bookings, ...cluster.orders];
    });
    afterAll(() => cluster.stop());

    /** One customer: creates anywhere, cancels most of what it got, and counts what it was told. */
    const runCustomer = async (sub: string, random: () => number, goOn: () => boolean): Promise<void> => {
      while (goOn()) {
        const replica = replicas[Math.floor(random() * replicas.length)]!;
        try {
          const { status, body } = await customerAt(replica, sub).create();
          const id = status === 201 ? body.id : body.activeBroadcast?.id;
          if (status === 201) acknowledged.add(body.id);
          if (id === undefined || random() < 0.1) continue;
          const kind = status === 201 ? REQUESTS[replica.name].kind : body.activeBroadcast!.kind;
          const owner = replicas.find(({ name }) => REQUESTS[name].kind === kind)!;
          if ((await customerAt(owner, sub).cancel(id)).status === 200) cancelled.add(id);
        } catch {
          unknown++; // killed under the request, or not there any more
          await pause(20);
        }
      }
    };

    it('is there after processes were killed at random under load, and others leave no key and no lock for long', async () => {
      const random = randomFrom(SEED);
      const subs = Array.from({ length: CUSTOMERS }, (_, i) => `loaded-${i}`);
      let running = true;
      const load = subs.map((sub, i) => runCustomer(sub, randomFrom(SEED + i + 1), () => running));
      for (let kill = 0; kill < kills; kill++) {
        const answered = acknowledged.size + 20 + Math.floor(random() * 40);
        await waitFor(() => acknowledged.size >= answered, { timeoutMs: 20_000, intervalMs: 1 });
        const victim = replicas[Math.floor(random() * replicas.length)]!;
        await victim.kill();
        replicas = [...replicas.filter((replica) => replica !== victim), await cluster.add(victim.name)];
      }
      running = false;
      await Promise.all(load);
      expect(unknown).toBeGreaterThan(0);

      const rows = await cluster.database.query<{ id: string; status: string }>(
        'SELECT id, status FROM bookings UNION ALL SELECT id, status FROM orders',
      );
      const statusOf = new Map(rows.map(({ id, status }) => [id, status]));
      expect([...acknowledged].filter((id) => !statusOf.has(id))).toEqual([]);
      expect([...cancelled].filter((id) => statusOf.get(id) !== 'cancelled')).toEqual([]);

      for (const sub of subs) {
        expect(await cluster.redis.client.pttl(lockOf(sub))).toBeLessThanOrEqual(LOCK_TTL_MS);
      }
      await waitFor(async () => (await staleKeys(subs)).length === 0, {
        timeoutMs: 10_000,
        describe: 'no key but those of active broadcasts',
      });
    });

    const staleKeys = async (subs: readonly string[]): Promise<string[]> => {
      const stale: string[] = [];
      for (const sub of subs) {
        const value = await cluster.redis.client.get(keyOf(sub));
        const [row] = await cluster.database.query<{ value: string }>(
          `SELECT kind || ':' || id AS value FROM active_broadcasts WHERE customer_id = $1`,
          [sub],
        );
        if (value !== null && value !== row?.value) stale.push(value);
      }
      return stale;
    };
    const expectNothingLeft = async (sub: string): Promise<void> => {
      expect(await cluster.redis.client.exists(keyOf(sub), lockOf(sub))).toBe(0);
      const rows = `SELECT id FROM bookings WHERE customer_id = $1 UNION ALL SELECT id FROM orders WHERE customer_id = $1`;
      expect(await cluster.database.query(rows, [sub])).toHaveLength(0);
    };

    it('with a refusal of its input has left no row, key or lock', async () => {
      const customer = customerAt(
        replicas.find(({ name }) => name === 'booking-service')!,
        'wrong',
      );
      expect((await customer.api.post('/v1/bookings', { trucksNeeded: 0 })).status).toBe(400);
      await expectNothingLeft('wrong');
    });

    it('with 503, because its session was cut before the commit, has left no row, key or lock', async () => {
      const hold = await holdWriters(cluster.database, { table: 'orders', on: 'INSERT', at: 'commit' });
      const customer = customerAt(
        replicas.find(({ name }) => name === 'order-service')!,
        'cut',
      );
      const failing = customer.create();
      await hold.reached();
      await hold.terminate();
      expect((await failing).status).toBe(503);
      await hold.release();
      await expectNothingLeft('cut');
      expect((await customer.create()).status).toBe(201);
    });
  });
}
