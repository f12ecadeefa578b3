import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import { startCluster } from '../support/cluster.ts';
import { race } from '../support/race.ts';
import { clientOf, createBroadcast, KINDS, newName, ROUTES, validBody } from '../support/requests.ts';
import { listRows, repeat } from '../support/rows.ts';

const ENV = { EXPIRY_MODE: 'external', DISPATCHER_MODE: 'external', RATE_LIMIT_WRITES_PER_SECOND: '1000' };

describe.each(['with Redis', 'without Redis'])('replacements, %s', (redis) => {
  let cluster: BorrowedCluster;

  beforeAll(async () => {
    cluster =
      redis === 'with Redis'
        ? await borrowCluster()
        : await startCluster({ bookings: 2, orders: 2, env: ENV, redisUrl: 'redis://127.0.0.1:1' });
  });

  afterAll(() => cluster.stop());

  const activeCount = async (sub: string): Promise<number> => {
    const [row] = await cluster.database.query<{ count: number }>(
      'SELECT count(*)::integer AS count FROM active_broadcasts WHERE customer_id = $1',
      [sub],
    );
    return row!.count;
  };

  it('show exactly one active broadcast at each moment', async () => {
    const sub = newName('customer');
    await createBroadcast(clientOf(cluster, 'booking', { sub }), 'booking');
    const seen: number[] = [];
    const watch = repeat(
      async () => seen.push(await activeCount(sub)),
      () => seen,
    );
    for (let round = 0; round < 60; round++) {
      const kind = KINDS[round % 2]!;
      const client = clientOf(cluster, kind, { sub, replica: round % 4 < 2 ? 0 : 1 });
      const body = round % 3 === 2 ? { not: 'valid' } : validBody(kind);
      const answer = await client.post(`${ROUTES[kind]}?onActive=replace`, body);
      expect(answer.status).toBe(round % 3 === 2 ? 400 : 201);
    }
    await watch.stop();
    expect(new Set(seen)).toEqual(new Set([1]));
    expect(seen.length).toBeGreaterThan(60);
  });

  it('end with one broadcast when they race', async () => {
    for (let round = 0; round < 5; round++) {
      const sub = newName('customer');
      await createBroadcast(clientOf(cluster, 'booking', { sub }), 'booking');
      const { fulfilled, rejected } = await race(20, (index) => {
        const kind = KINDS[index % 2]!;
        const client = clientOf(cluster, kind, { sub, replica: index % 4 < 2 ? 0 : 1 });
        return client.post(`${ROUTES[kind]}?onActive=replace`, validBody(kind));
      });
      expect(rejected).toEqual([]);
      const created = fulfilled.filter(({ status }) => status === 201);
      const refused = fulfilled.filter(({ status }) => status !== 201);
      expect(created.length).toBeGreaterThan(0);
      for (const { body } of refused) expect(body.code).toBe('ORDER_ACTIVE_EXISTS');
      const rows = await listRows(cluster.database, sub);
      expect(rows).toHaveLength(created.length + 1);
      expect(rows.filter(({ status }) => status !== 'cancelled')).toHaveLength(1);
      expect(await activeCount(sub)).toBe(1);
    }
  });
});
