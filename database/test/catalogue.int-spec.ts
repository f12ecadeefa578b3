import { TRUCK_LIFE } from '@app/truck-requests';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase, type TestDatabase } from '../../test/support/test-database.ts';

/** What the migrations left in the catalogue of the database, compared with the library and with the decisions. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const quotedIn = (expression = ''): string[] =>
  [...expression.matchAll(/'([a-z_]+)'/g)].map(([, word]) => word!);
const sorted = (words: readonly string[]): string[] => [...words].sort();

/** A changed list would change the old migrations with it, and so pass here, but not the databases that ran them. */
test('the lists of the library are those that the migrations were released with: a change needs one of its own', () => {
  expect(TRUCK_LIFE.active).toEqual(['created', 'broadcasting', 'active', 'partially_filled']);
  const terminal = ['fully_filled', 'in_progress', 'completed', 'cancelled', 'expired'];
  expect(TRUCK_LIFE.statuses).toEqual([...TRUCK_LIFE.active, ...terminal]);
});

describe.each(['bookings', 'orders'])('the table %s', (table) => {
  test('takes the statuses of the library for active, and no others', async () => {
    const [column] = await database.query<{ expression: string }>(
      `SELECT generation_expression AS expression FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = $1 AND column_name = 'active_customer_id'`,
      [table],
    );
    expect(sorted(quotedIn(column?.expression))).toEqual(sorted(TRUCK_LIFE.active));
  });

  test('allows the statuses of the library, and no others', async () => {
    const [check] = await database.query<{ expression: string }>(
      'SELECT pg_get_constraintdef(oid) AS expression FROM pg_constraint WHERE conname = $1',
      [`ck_${table}_status`],
    );
    expect(sorted(quotedIn(check?.expression))).toEqual(sorted(TRUCK_LIFE.statuses));
  });

  test.each(TRUCK_LIFE.statuses)(
    'gives a slot to a row that is %s exactly when the library calls that active',
    async (status) => {
      await database.query(`INSERT INTO ${table} (customer_id, status) VALUES ($1, $2)`, [
        `${table}-${status}`,
        status,
      ]);
      const slots = await database.query('SELECT 1 FROM customer_broadcast_slots WHERE customer_id = $1', [
        `${table}-${status}`,
      ]);
      expect(slots).toHaveLength(TRUCK_LIFE.isActive(status) ? 1 : 0);
    },
  );

  test('has the triggers of the rule, which come first, and of its life, all of which fire always', async () => {
    const triggers = await database.query(
      `SELECT tgname AS name, tgenabled AS enabled FROM pg_trigger
        WHERE tgrelid = $1::regclass AND NOT tgisinternal ORDER BY 1`,
      [table],
    );
    expect(triggers).toEqual(
      [
        ...['delete', 'insert', 'truncate', 'update'].map(
          (name) => `!single_active:customer-broadcast:${name}`,
        ),
        ...['delete', 'insert', 'stamp', 'update'].map((name) => `customer_broadcast_${name}`),
      ].map((name) => ({ name, enabled: 'A' })),
    );
  });

  test('has a foreign key to the slots that is deferred and validated', async () => {
    const [key] = await database.query(
      `SELECT confrelid::regclass::text AS to, condeferrable AND condeferred AS deferred, convalidated AS validated,
              pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE contype = 'f' AND conrelid = $1::regclass AND conname = 'single_active:customer-broadcast:proof'`,
      [table],
    );
    expect(key).toMatchObject({ to: 'single_active."customer-broadcast"', deferred: true, validated: true });
    expect(key?.definition).toContain('FOREIGN KEY (active_customer_id, kind, id)');
  });

  test('has the second belt: a unique index over its active rows', async () => {
    const [index] = await database.query<{ definition: string }>(
      'SELECT indexdef AS definition FROM pg_indexes WHERE indexname = $1',
      [`uq_${table}_active_customer`],
    );
    expect(index?.definition).toMatch(
      /^CREATE UNIQUE INDEX .*\(active_customer_id\) WHERE \(active_customer_id IS NOT NULL\)$/,
    );
  });

  test('has the columns that clients of the database rely on', async () => {
    const columns = await database.query<{ name: string }>(
      'SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1',
      [table],
    );
    expect(columns.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'id',
        'customer_id',
        'status',
        'trucks_needed',
        'trucks_filled',
        'expires_at',
        'state_changed_at',
        'created_at',
      ]),
    );
  });

  test('needs a customer only: the rest has defaults, with two minutes to the deadline', async () => {
    const [row] = await database.query(
      `INSERT INTO ${table} (customer_id) VALUES ('defaults-' || $1) RETURNING status, trucks_needed, trucks_filled,
         id IS NOT NULL AS has_id, round(extract(epoch FROM expires_at - now()))::int AS seconds`,
      [table],
    );
    expect(row).toEqual({
      status: 'created',
      trucks_needed: 1,
      trucks_filled: 0,
      has_id: true,
      seconds: 120,
    });
  });
});

describe('the functions', () => {
  test('that write with the owner’s rights pin their search path, and no other role can hang them on a table', async () => {
    const functions = await database.query(
      `SELECT proname AS name, proconfig @> ARRAY['search_path=public, pg_temp'] AS pinned, prosecdef AS definer,
              has_function_privilege('pg_monitor', oid, 'EXECUTE') AS public
         FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`,
    );
    const guard = { pinned: true, definer: true, public: false };
    expect(functions).toEqual([
      { name: 'cancel_active_broadcasts', ...guard },
      { name: 'claim_customer_broadcast_outbox', pinned: true, definer: false, public: true },
      { name: 'customer_broadcast_after_delete', ...guard },
      { name: 'customer_broadcast_after_insert', ...guard },
      { name: 'customer_broadcast_after_update', ...guard },
      { name: 'customer_broadcast_stamp', pinned: true, definer: false, public: true },
      { name: 'expire_overdue_broadcasts', pinned: true, definer: true, public: true },
      { name: 'prune_customer_broadcast_outbox', ...guard },
      { name: 'prune_customer_broadcast_transitions', ...guard },
    ]);
  });
});

describe('the view active_broadcasts', () => {
  test('shows a row for each slot and no other, overdue ones too', async () => {
    await database.query(
      `INSERT INTO bookings (customer_id, expires_at) VALUES ('overdue', now() - interval '1 day')`,
    );
    const difference = await database.query(
      `(SELECT customer_id, kind, id FROM active_broadcasts EXCEPT ALL
        SELECT customer_id, kind, broadcast_id FROM customer_broadcast_slots)
       UNION ALL
       (SELECT customer_id, kind, broadcast_id FROM customer_broadcast_slots EXCEPT ALL
        SELECT customer_id, kind, id FROM active_broadcasts)`,
    );
    expect(difference).toEqual([]);
    expect(
      await database.query(`SELECT 1 FROM active_broadcasts WHERE customer_id = 'overdue'`),
    ).toHaveLength(1);
  });
});
