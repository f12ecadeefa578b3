import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

import type { Snapshot } from '../history/operation.interface.ts';
import { toRunMs } from '../site/run-clock.ts';
import type { Site } from '../site/site.interface.ts';

const INTERVAL_MS = 15;
/** After each look, in multiples of what it took. */
const REST = 2;
/** After a look that failed: Postgres is down or hung. */
const RETRY_MS = 100;
const CONNECT_LIMIT_MS = 2_000;
const QUERY_LIMIT_MS = 5_000;
/** Of the looks that saw nothing wrong one in this many is kept, to show that the watch looked. */
const KEPT_OF_CLEAN = 100;

/**
 * One statement, and so one snapshot of both tables and the slots. Served by `uq_<table>_active_customer`; the active rows
 * are few whatever the tables have grown to.
 */
const LOOK = `
  WITH active AS MATERIALIZED (
    SELECT kind, id, active_customer_id AS customer_id FROM bookings WHERE active_customer_id IS NOT NULL
    UNION ALL
    SELECT kind, id, active_customer_id FROM orders WHERE active_customer_id IS NOT NULL)
  SELECT statement_timestamp() AS at,
         ARRAY(SELECT customer_id FROM active GROUP BY customer_id HAVING count(*) > 1) AS doubles,
         ARRAY(SELECT DISTINCT coalesce(a.customer_id, s.customer_id)
                 FROM active a
                 FULL JOIN customer_broadcast_slots s
                   ON s.customer_id = a.customer_id AND s.kind = a.kind AND s.broadcast_id = a.id
                WHERE a.id IS NULL OR s.broadcast_id IS NULL) AS drift`;

export interface SnapshotCounts {
  readonly looks: number;
  /** Looks that Postgres did not answer. */
  readonly failures: number;
}

export interface SnapshotWatch {
  counts(): SnapshotCounts;
  /** Resolves when the last look has ended. Safe to call twice. */
  stop(): Promise<SnapshotCounts>;
}

/**
 * Looks at the committed state every 15 ms, on a connection of its own past every proxy, until it is stopped; where a look takes
 * long, a third of the time, or it would be what keeps the machine busy. A Postgres that is down or hung costs looks and
 * nothing else.
 *
 * @param keep called with every snapshot that shows something, and with one in a hundred of the others
 */
export function watchSnapshots(site: Site, keep: (snapshot: Snapshot) => void): SnapshotWatch {
  const stopping = new AbortController();
  let client: pg.Client | null = null;
  let looks = 0;
  let failures = 0;
  const counts = (): SnapshotCounts => ({ looks, failures });

  const look = async (): Promise<void> => {
    client ??= await connect(site.postgres.url);
    const { rows } = await client.query<{ at: Date; doubles: string[]; drift: string[] }>({
      name: 'look',
      text: LOOK,
    });
    const { at, doubles, drift } = rows[0]!;
    looks += 1;
    if (doubles.length + drift.length > 0 || looks % KEPT_OF_CLEAN === 1)
      keep({ atMs: toRunMs(at), doubles, drift });
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let pauseMs = INTERVAL_MS;
      try {
        const startedAtMs = performance.now();
        await look();
        const tookMs = performance.now() - startedAtMs;
        pauseMs = Math.max(REST * tookMs, INTERVAL_MS - tookMs);
      } catch {
        failures += 1;
        void client?.end().catch(() => undefined);
        client = null;
        pauseMs = RETRY_MS;
      }
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await client?.end().catch(() => undefined);
  };
  const ended = loop();
  return {
    counts,
    stop: async () => {
      stopping.abort();
      await ended;
      return counts();
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: QUERY_LIMIT_MS,
  });
  client.on('error', () => undefined); // the next look finds out
  await client.connect();
  return client;
}
