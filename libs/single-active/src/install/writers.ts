import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../database.interface.ts';
import { quoteText } from '../sql/quote.ts';
import type { InspectedTable } from './inspect.ts';

/** A transaction that had written a table of the rule before the rule was switched on, and is open still. @publicApi */
export interface OpenWriter {
  /** Of its server process; null for a prepared transaction. */
  readonly pid: number | null;
  /** What it runs or ran last, 200 characters at most. */
  readonly query: string;
}

/** As long as `install` waits for a lock. */
const PATIENCE_MS = 60_000;
/** In a transaction of the caller's, writers may wait for its end: to wait for them would be in vain. */
const PATIENCE_IN_TRANSACTION_MS = 2_000;
const PAUSE_MS = 20;

type Found = OpenWriter & { readonly id: string };

/**
 * Returns when each transaction that has written a table of the rule until now has ended, at the latest after a minute. Takes
 * no lock: others begin and end as they like.
 *
 * @returns those that are open still
 */
export async function waitForWriters(
  db: Database,
  tables: readonly InspectedTable[],
): Promise<readonly OpenWriter[]> {
  const select = selectWriters(tables);
  const find = async (): Promise<Found[]> => (await db.query(select)).rows as Found[];
  const patienceMs = (await isInTransaction(db)) ? PATIENCE_IN_TRANSACTION_MS : PATIENCE_MS;
  const giveUpAtMs = performance.now() + patienceMs;
  let left = await find();
  while (left.length > 0 && performance.now() < giveUpAtMs) {
    await pause(PAUSE_MS);
    const now = new Set((await find()).map(({ id }) => id));
    left = left.filter(({ id }) => now.has(id));
  }
  return left.map(({ pid, query }) => ({ pid, query }));
}

/** By a transaction id that an earlier statement was given: a statement of its own has none yet. */
async function isInTransaction(db: Database): Promise<boolean> {
  const { rows } = await db.query(
    'SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL AS "isInTransaction"',
  );
  return (rows[0] as { isInTransaction: boolean }).isInTransaction;
}

/** Their locks are kept until they end. A session that waits for this one is none: it goes on when this one has ended. */
function selectWriters(tables: readonly InspectedTable[]): string {
  const places = tables.flatMap(({ relation, partitions }) => [relation, ...partitions]);
  return `SELECT DISTINCT l.virtualtransaction AS id, l.pid,
           pg_catalog.left(coalesce(a.query, 'a prepared transaction'), 200) AS query
      FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
       AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
       AND l.relation IN (${places.map((place) => `${quoteText(place)}::regclass`).join(', ')})
       AND NOT (l.pid IS NOT NULL AND pg_catalog.pg_backend_pid() = ANY (pg_catalog.pg_blocking_pids(l.pid)))`;
}
