import { type Kind, TABLES } from './requests.ts';
import type { OpenDatabase } from './test-database.ts';

const ACTIVE = `('created', 'broadcasting', 'active', 'partially_filled')`;

/** Every row of both tables, in the shape that they have in common; one statement sees one snapshot of both. */
const ALL_ROWS = ['booking', 'order']
  .map(
    (kind) => `SELECT '${kind}' AS kind, id, customer_id, status, trucks_filled FROM ${TABLES[kind as Kind]}`,
  )
  .join(' UNION ALL ');

export interface BroadcastRow {
  readonly kind: Kind;
  readonly id: string;
  readonly status: string;
  readonly trucks_filled: number;
}

/** What a customer has in both tables, as the database and not as a service sees it. */
export function listRows(database: OpenDatabase, customerId: string): Promise<BroadcastRow[]> {
  return database.query<BroadcastRow & Record<string, unknown>>(
    `SELECT kind, id, status, trucks_filled FROM (${ALL_ROWS}) rows WHERE customer_id = $1 ORDER BY id`,
    [customerId],
  );
}

/** Customers who have two or more active rows at this moment. */
export async function listDoubles(database: OpenDatabase): Promise<string[]> {
  const rows = await database.query<{ customer_id: string }>(
    `SELECT customer_id FROM (${ALL_ROWS}) rows WHERE status IN ${ACTIVE} GROUP BY customer_id HAVING count(*) > 1`,
  );
  return rows.map((row) => row.customer_id);
}

/** Lets the deadline of a broadcast pass, whatever it was. */
export async function makeOverdue(database: OpenDatabase, kind: Kind, id: string): Promise<void> {
  await database.query(
    `UPDATE ${TABLES[kind]} SET expires_at = clock_timestamp() - interval '1 millisecond' WHERE id = $1`,
    [id],
  );
}

/** How often these broadcasts have expired, by their history. */
export async function countExpiries(database: OpenDatabase, ids: readonly string[]): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM customer_broadcast_transitions
      WHERE broadcast_id = ANY ($1) AND to_status = 'expired'`,
    [ids],
  );
  return row!.count;
}

export interface Watch {
  /** Ends the watch. @returns how often it looked, and every customer it saw with two active rows */
  stop(): Promise<{ readonly looks: number; readonly doubles: readonly string[] }>;
}

/** Looks for doubles without a pause, on a connection of its own, until it is stopped. */
export function watchForDoubles(database: OpenDatabase): Watch {
  const doubles = new Set<string>();
  let looks = 0;
  return repeat(
    async () => {
      for (const customerId of await listDoubles(database)) doubles.add(customerId);
      looks += 1;
    },
    () => ({ looks, doubles: [...doubles] }),
  );
}

/** Does something over and over, one after the other, until it is stopped. @throws what the last call threw, at `stop` */
export function repeat<T>(act: () => Promise<unknown>, result: () => T): { stop(): Promise<T> } {
  const state = { stopped: false };
  const loop = (async (): Promise<void> => {
    while (!state.stopped) await act();
  })();
  loop.catch(() => undefined); // reported by stop
  return {
    stop: async () => {
      state.stopped = true;
      await loop;
      return result();
    },
  };
}
