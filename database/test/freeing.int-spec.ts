import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TRUCK_LIFE } from '@app/truck-requests';

import {
  createGuardedDatabase,
  refusalOf,
  SLOT_TAKEN,
  taken,
  type GuardedDatabase,
} from './guarded-database.ts';

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

describe.each(['bookings', 'orders'])('a customer with an active row in %s', (table) => {
  const other = table === 'bookings' ? 'orders' : 'bookings';
  const open = `INSERT INTO ${table} (customer_id) VALUES ('c1')`;
  const next = `INSERT INTO ${other} (customer_id) VALUES ('c1')`;

  test.each(TRUCK_LIFE.statuses.filter((status) => !TRUCK_LIFE.isActive(status)))(
    'is free when it is %s',
    async (status) => {
      await database.query(open);
      await database.query(`UPDATE ${table} SET status = $1`, [status]);
      await database.query(next);
      expect(await database.slots()).toHaveLength(1);
    },
  );

  test.each([
    ['is deleted', `DELETE FROM ${table}`],
    ['goes with the whole table', `TRUNCATE ${table} CASCADE`],
    ['is given to another customer', `UPDATE ${table} SET customer_id = 'c2'`],
    ['is deleted by a merge', `MERGE INTO ${table} USING (SELECT 1) v ON true WHEN MATCHED THEN DELETE`],
  ])('is free when it %s', async (_how, sql) => {
    await database.query(open);
    await database.query(sql);
    await database.query(next);
    expect(await database.doubles()).toEqual([]);
  });

  test.each([
    ['moves to another active status', `UPDATE ${table} SET status = 'active'`],
    ['gets another id', `UPDATE ${table} SET id = gen_random_uuid()`],
    ['is overdue', `UPDATE ${table} SET expires_at = now() - interval '1 hour'`],
    ['is filled in part', `UPDATE ${table} SET trucks_needed = 9, trucks_filled = 8`],
    ['is ended in a transaction that fails', `BEGIN; DELETE FROM ${table}; SELECT 1 / 0; COMMIT`],
  ])('is not free when it %s', async (_how, sql) => {
    await database.query(open);
    await refusalOf(database.session((client) => client.query(sql)));
    expect(await refusalOf(database.query(next))).toEqual(SLOT_TAKEN);
    expect(await database.slots()).toHaveLength(1);
  });

  test('keeps the other customers’ slots when the other table is truncated', async () => {
    await database.query(open);
    await database.query(`INSERT INTO ${other} (customer_id) VALUES ('c2')`);
    await database.query(`TRUNCATE ${other} CASCADE`);
    expect(await database.slots()).toEqual([{ customer_id: 'c1', kind: table.slice(0, -1) }]);
  });
});

describe('one statement that ends a request and opens another', () => {
  const swap = `UPDATE bookings SET status = CASE status WHEN 'active' THEN 'cancelled' ELSE 'active' END`;

  test('goes through in one table when the ended row stands first', async () => {
    await database.query(
      `INSERT INTO bookings (customer_id, status) VALUES ('c1', 'active'), ('c1', 'expired')`,
    );
    await database.query(swap);
    expect(await database.slots()).toHaveLength(1);
  });

  test('is refused when it stands second: the table’s unique index looks at each row as it is written', async () => {
    await database.query(
      `INSERT INTO bookings (customer_id, status) VALUES ('c1', 'expired'), ('c1', 'active')`,
    );
    expect(await refusalOf(database.query(swap))).toEqual(taken('bookings'));
  });

  test('goes through across the tables when the insert reads from the update', async () => {
    await database.query(`INSERT INTO bookings (customer_id) VALUES ('c1')`);
    await database.query(`WITH ended AS (UPDATE bookings SET status = 'cancelled' RETURNING customer_id)
      INSERT INTO orders (customer_id) SELECT customer_id FROM ended`);
    expect(await database.slots()).toEqual([{ customer_id: 'c1', kind: 'order' }]);
  });

  test('is refused when it does not: Postgres then inserts first', async () => {
    await database.query(`INSERT INTO bookings (customer_id) VALUES ('c1')`);
    const sql = `WITH ended AS (UPDATE bookings SET status = 'cancelled')
      INSERT INTO orders (customer_id) VALUES ('c1')`;
    expect(await refusalOf(database.query(sql))).toEqual(SLOT_TAKEN);
  });

  test('an upsert that ends one customer’s row and opens another’s keeps the slots right', async () => {
    const [row] = await database.query<{ id: string }>(
      `INSERT INTO bookings (customer_id) VALUES ('c1') RETURNING id`,
    );
    await database.query(
      `INSERT INTO bookings (id, customer_id) VALUES ($1, 'c1'), (gen_random_uuid(), 'c2')
       ON CONFLICT (id) DO UPDATE SET status = 'cancelled'`,
      [row?.id],
    );
    expect(await database.slots()).toEqual([{ customer_id: 'c2', kind: 'booking' }]);
  });
});

describe('ten thousand rows', () => {
  const COUNT = 10_000;

  test('are inserted, filled in part, ended, opened again and deleted, each in one statement', async () => {
    await database.query(
      `INSERT INTO bookings (customer_id) SELECT 'c' || n FROM generate_series(1, ${COUNT}) n`,
    );
    expect(await database.slots()).toHaveLength(COUNT);
    await database.query(
      `UPDATE bookings SET trucks_needed = 3, trucks_filled = 1, status = 'partially_filled'`,
    );
    expect(await database.drift()).toEqual([]);
    await database.query(`UPDATE bookings SET status = 'expired'`);
    expect(await database.slots()).toEqual([]);
    await database.query(`UPDATE bookings SET status = 'created'`);
    expect(await database.drift()).toEqual([]);
    await database.query('DELETE FROM bookings');
    expect(await database.slots()).toEqual([]);
  });

  test('with one double among them are refused as a whole', async () => {
    await database.query(`INSERT INTO orders (customer_id) VALUES ('c${COUNT}')`);
    const sql = `INSERT INTO bookings (customer_id) SELECT 'c' || n FROM generate_series(1, ${COUNT}) n`;
    expect(await refusalOf(database.query(sql))).toEqual(SLOT_TAKEN);
    expect(await database.query('SELECT 1 FROM bookings LIMIT 1')).toEqual([]);
    expect(await database.slots()).toHaveLength(1);
  });
});
