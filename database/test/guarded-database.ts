import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../test/support/test-database.ts';

/** Why Postgres refused a statement; the constraint is null when none was involved. */
export interface Refusal {
  readonly code: string;
  readonly constraint: string | null;
}

export interface Slot {
  readonly customer_id: string;
  readonly kind: string;
}

/** A migrated database of the caller's own, and the questions that tests of the rule ask of it. */
export interface GuardedDatabase extends TestDatabase {
  /** Runs statements on one connection, which ends with the call; a refused transaction is rolled back. */
  session<T>(work: (client: pg.Client) => Promise<T>, url?: string): Promise<T>;
  /** Customers with more than one active row over all kinds, counted from the tables and not from the library's view. */
  doubles(): Promise<string[]>;
  /** Slots without an active row, and active rows without a slot. */
  drift(): Promise<unknown[]>;
  slots(): Promise<Slot[]>;
  /** Removes all requests, and what was written about them. */
  clear(): Promise<void>;
}

/** The statuses are written out: a query built from the library's list would agree with any list. */
const ACTIVE = `status IN ('created', 'broadcasting', 'active', 'partially_filled')`;
const DOUBLES = `SELECT customer_id FROM (SELECT customer_id FROM bookings WHERE ${ACTIVE}
  UNION ALL SELECT customer_id FROM orders WHERE ${ACTIVE}) a GROUP BY 1 HAVING count(*) > 1 ORDER BY 1`;
const DRIFT = `SELECT a.customer_id AS active, s.customer_id AS slot FROM customer_broadcast_slots s
  FULL JOIN (SELECT customer_id, 'booking' AS kind, id FROM bookings WHERE ${ACTIVE}
             UNION ALL SELECT customer_id, 'order', id FROM orders WHERE ${ACTIVE}) a
    ON (a.customer_id, a.kind, a.id) = (s.customer_id, s.kind, s.broadcast_id)
  WHERE a.customer_id IS NULL OR s.customer_id IS NULL`;

export async function createGuardedDatabase(): Promise<GuardedDatabase> {
  const database = await createTestDatabase();
  return {
    ...database,
    session: async (work, url = database.url) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    },
    doubles: async () =>
      (await database.query<{ customer_id: string }>(DOUBLES)).map(({ customer_id }) => customer_id),
    drift: () => database.query(DRIFT),
    slots: () => database.query<Slot>('SELECT customer_id, kind FROM customer_broadcast_slots ORDER BY 1'),
    clear: async () => {
      await database.query(`TRUNCATE bookings, orders, order_items, customer_broadcast_transitions,
        customer_broadcast_outbox RESTART IDENTITY`);
    },
  };
}

/** How Postgres refused; null when it did not. @throws whatever is not an answer of Postgres */
export async function refusalOf(outcome: Promise<unknown>): Promise<Refusal | null> {
  try {
    await outcome;
    return null;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return { code: error.code ?? '', constraint: error.constraint ?? null };
  }
}

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** The customer has an active broadcast, of whatever kind. */
export const SLOT_TAKEN: Refusal = { code: UNIQUE_VIOLATION, constraint: 'single_active:customer-broadcast' };
/** The second belt: an active row in the same table. */
export const taken = (table: string): Refusal => ({
  code: UNIQUE_VIOLATION,
  constraint: `uq_${table}_active_customer`,
});
/** An active row has no slot. */
export const UNPROVEN: Refusal = {
  code: FOREIGN_KEY_VIOLATION,
  constraint: 'single_active:customer-broadcast:proof',
};
/** The slots themselves; `customer_broadcast_slots` is a view of them. */
export const SLOTS = 'single_active."customer-broadcast"';
