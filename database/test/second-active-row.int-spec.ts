import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  createGuardedDatabase,
  refusalOf,
  SLOT_TAKEN,
  taken,
  type GuardedDatabase,
  type Refusal,
} from './guarded-database.ts';

/** A statement that would give customer c1 a second active row, run while c1 has one in `held`. */
type Attempt = readonly [what: string, sql: string, refusal: Refusal];

/** Every way to write a row into `table`, for a customer whose slot is taken. */
function attemptsOn(table: string, refusal: Refusal): Attempt[] {
  return [
    ['an insert', `INSERT INTO ${table} (customer_id, status) VALUES ('c1', 'created')`, refusal],
    ['an insert that relies on the defaults', `INSERT INTO ${table} (customer_id) VALUES ('c1')`, refusal],
    [
      'an insert of a row that is overdue already',
      `INSERT INTO ${table} (customer_id, expires_at) VALUES ('c1', now() - interval '1 day')`,
      refusal,
    ],
    [
      'an insert that selects',
      `INSERT INTO ${table} (customer_id, status) SELECT 'c' || n, 'active' FROM generate_series(0, 2) n`,
      refusal,
    ],
    [
      'an update from a terminal status',
      `UPDATE ${table} SET status = 'partially_filled' WHERE customer_id = 'c1' AND status = 'expired'`,
      refusal,
    ],
    [
      'an update of several rows, one of them c1’s',
      `UPDATE ${table} SET status = 'created' WHERE status = 'expired'`,
      refusal,
    ],
    [
      'an update that gives another customer’s row to c1',
      `UPDATE ${table} SET customer_id = 'c1' WHERE customer_id = 'c3' AND status = 'active'`,
      refusal,
    ],
    [
      'an update of status and customer at once',
      `UPDATE ${table} SET customer_id = 'c1', status = 'active' WHERE customer_id = 'c2'`,
      refusal,
    ],
    [
      'an insert that turns into an update on conflict',
      `INSERT INTO ${table} (id, customer_id, status) SELECT id, 'x', 'created' FROM ${table}
        WHERE customer_id = 'c1' AND status = 'expired' ON CONFLICT (id) DO UPDATE SET status = excluded.status`,
      refusal,
    ],
    [
      'a merge that inserts',
      `MERGE INTO ${table} t USING (VALUES ('c1')) v (customer) ON t.id = gen_random_uuid()
        WHEN NOT MATCHED THEN INSERT (customer_id) VALUES (v.customer)`,
      refusal,
    ],
    [
      'a merge that updates',
      `MERGE INTO ${table} t USING (VALUES ('c1')) v (customer) ON t.customer_id = v.customer AND t.status = 'expired'
        WHEN MATCHED THEN UPDATE SET status = 'broadcasting'`,
      refusal,
    ],
    [
      'an insert inside a WITH',
      `WITH made AS (INSERT INTO ${table} (customer_id) VALUES ('c1') RETURNING 1) SELECT count(*) FROM made`,
      refusal,
    ],
  ];
}

let database: GuardedDatabase;
beforeAll(async () => {
  database = await createGuardedDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.clear());
afterEach(async () => {
  expect(await database.doubles()).toEqual([]);
  expect(await database.drift()).toEqual([]);
});

/** c1 has an active row in `held`; in `table` there are ended rows of c1 and c2 and an active one of c3. */
async function occupy(held: string, table: string): Promise<void> {
  await database.query(`INSERT INTO ${held} (customer_id, status) VALUES ('c1', 'active')`);
  await database.query(`INSERT INTO ${table} (customer_id, status)
    VALUES ('c2', 'expired'), ('c1', 'expired'), ('c3', 'active')`);
}

describe.each([
  ['bookings', 'bookings', taken('bookings')],
  ['orders', 'orders', taken('orders')],
  ['bookings', 'orders', SLOT_TAKEN],
  ['orders', 'bookings', SLOT_TAKEN],
])('while c1 has an active row in %s, in %s', (held, table, refusal) => {
  test.each(attemptsOn(table, refusal))('%s is refused', async (_what, sql, expected) => {
    await occupy(held, table);
    const before = await database.slots();
    expect(await refusalOf(database.query(sql))).toEqual(expected);
    expect(await database.slots()).toEqual(before);
  });

  test('a COPY is refused', async () => {
    await occupy(held, table);
    const file = join(process.env.TEST_TEMPORARY_DIR ?? '', `${database.name}-${held}-${table}.txt`);
    await writeFile(file, 'c4\tcreated\nc1\tactive\n', { mode: 0o644 });
    const copy = database.query(`COPY ${table} (customer_id, status) FROM '${file}'`);
    expect(await refusalOf(copy)).toEqual(refusal);
  });

  test('ON CONFLICT DO NOTHING leaves no slot behind and no second row', async () => {
    await occupy(held, table);
    const before = await database.slots();
    const sql = `INSERT INTO ${table} (customer_id) VALUES ('c1') ON CONFLICT DO NOTHING`;
    const outcome = await refusalOf(database.query(sql));
    expect(outcome).toEqual(held === table ? null : SLOT_TAKEN);
    expect(await database.slots()).toEqual(before);
  });

  test('ended rows may be added as many as one likes', async () => {
    await occupy(held, table);
    const sql = `INSERT INTO ${table} (customer_id, status) SELECT 'c1', 'completed' FROM generate_series(1, 50)`;
    expect(await refusalOf(database.query(sql))).toBeNull();
  });
});

describe('two active rows of one customer in one statement', () => {
  test.each<Attempt>([
    ['two values', `INSERT INTO bookings (customer_id) VALUES ('c1'), ('c1')`, taken('bookings')],
    [
      'one row for each table',
      `WITH b AS (INSERT INTO bookings (customer_id) VALUES ('c1'))
       INSERT INTO orders (customer_id) VALUES ('c1')`,
      SLOT_TAKEN,
    ],
    [
      'two inserts into one table',
      `WITH b AS (INSERT INTO bookings (customer_id) VALUES ('c1'))
       INSERT INTO bookings (customer_id) VALUES ('c1')`,
      taken('bookings'),
    ],
  ])('are refused: %s', async (_what, sql, refusal) => {
    expect(await refusalOf(database.query(sql))).toEqual(refusal);
    expect(await database.slots()).toEqual([]);
  });

  test('are refused when an update makes both active', async () => {
    await database.query(
      `INSERT INTO orders (customer_id, status) VALUES ('c1', 'expired'), ('c1', 'cancelled')`,
    );
    const sql = `UPDATE orders SET status = 'active'`;
    expect(await refusalOf(database.query(sql))).toEqual(taken('orders'));
  });

  test('two inserts of two customers in one statement take both slots', async () => {
    await database.query(`WITH b AS (INSERT INTO bookings (customer_id) VALUES ('c1'))
      INSERT INTO bookings (customer_id) VALUES ('c2')`);
    expect(await database.slots()).toHaveLength(2);
  });
});
