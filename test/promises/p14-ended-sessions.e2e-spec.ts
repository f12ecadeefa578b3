import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { clientOf, createBroadcast, KINDS, newName, ROUTES, validBody } from '../support/requests.ts';
import { repeat } from '../support/rows.ts';
import { waitFor } from '../support/wait.ts';

/** Without its listener a process lived through 20 to 27 of them. */
const SESSIONS = 300;
const TALKERS = 8;

const END_ONE = `SELECT count(pg_terminate_backend(pid))::integer AS ended FROM (
  SELECT pid FROM pg_stat_activity
   WHERE datname = current_database() AND application_name = $1 ORDER BY random() LIMIT 2) session`;

describe.each(KINDS)('a %s-service whose sessions Postgres ends at any moment', (kind) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster(kind === 'booking' ? { orders: 0 } : { bookings: 0 });
  });
  afterAll(() => cluster.stop());

  it('answers each request, and goes on', async () => {
    const [service] = kind === 'booking' ? cluster.bookings : cluster.orders;
    const statuses = new Set<number>();
    const talks = Array.from({ length: TALKERS }, () =>
      repeat(
        async () => {
          const client = clientOf(cluster, kind);
          const headers = { 'idempotency-key': newName('key') };
          statuses.add((await client.post(ROUTES[kind], validBody(kind), { headers })).status);
          statuses.add((await client.get(ROUTES[kind])).status);
        },
        () => undefined,
      ),
    );
    let ended = 0;
    await waitFor(
      async () => {
        const [row] = await cluster.database.query<{ ended: number }>(END_ONE, [`${kind}-service`]);
        ended += row!.ended;
        return ended >= SESSIONS;
      },
      { timeoutMs: 50_000, intervalMs: 10, describe: `${SESSIONS} sessions to be ended` },
    );
    for (const talk of talks) await talk.stop(); // rejects when a request had no answer
    expect([...statuses].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
    expect(service!.logs().filter((line) => line.includes('uncaughtException'))).toEqual([]);
    expect(await createBroadcast(clientOf(cluster, kind), kind)).toMatchObject({ status: 'created' });
  });
});
