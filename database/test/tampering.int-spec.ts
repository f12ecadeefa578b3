import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import {
  createGuardedDatabase,
  refusalOf,
  SLOT_TAKEN,
  SLOTS,
  UNPROVEN,
  type GuardedDatabase,
} from './guarded-database.ts';

/** What a superuser, who also owns the tables here, might do by mistake or in haste. */
let database: GuardedDatabase;
beforeAll(async () => {
  database = await createGuardedDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.clear();
  await database.query(`INSERT INTO bookings (customer_id) VALUES ('c1')`);
});

const SECOND = `INSERT INTO orders (customer_id) VALUES ('c1')`;

/** Several statements on one connection; what they change of the tables is undone when the test is over. */
function script(...statements: string[]): ReturnType<typeof refusalOf> {
  return refusalOf(
    database.session(async (client) => {
      for (const statement of statements) await client.query(statement);
    }),
  );
}

describe('the rule holds', () => {
  afterEach(async () => {
    for (const table of ['bookings', 'orders']) {
      await database.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
      await database.query(`DO $$ DECLARE t text; BEGIN
        FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = '${table}'::regclass AND NOT tgisinternal LOOP
          EXECUTE format('ALTER TABLE ${table} ENABLE ALWAYS TRIGGER %I', t);
        END LOOP; END $$`);
    }
    expect(await database.doubles()).toEqual([]);
    expect(await database.drift()).toEqual([]);
  });

  test('with session_replication_role = replica', async () => {
    expect(await script('SET session_replication_role = replica', SECOND)).toEqual(SLOT_TAKEN);
    await script('SET session_replication_role = replica', `UPDATE bookings SET status = 'cancelled'`);
    expect(await database.slots()).toEqual([]);
  });

  test('with all constraints checked at once, which refuses even a lawful insert', async () => {
    expect(await script('BEGIN', 'SET CONSTRAINTS ALL IMMEDIATE', SECOND)).toEqual(UNPROVEN);
    const lawful = `INSERT INTO orders (customer_id) VALUES ('c2')`;
    expect(await script('BEGIN', 'SET CONSTRAINTS ALL IMMEDIATE', lawful)).toEqual(UNPROVEN);
  });

  test('with all constraints checked before the commit', async () => {
    const lawful = `INSERT INTO orders (customer_id) VALUES ('c2')`;
    expect(await script('BEGIN', lawful, 'SET CONSTRAINTS ALL IMMEDIATE', 'COMMIT')).toBeNull();
  });

  test.each([
    ['an empty search path', `SET search_path = ''`],
    ['a temporary slot table', `CREATE TEMP TABLE "customer-broadcast" (LIKE ${SLOTS})`],
    [
      'a temporary slot table that comes first in the path',
      `CREATE TEMP TABLE "customer-broadcast" (LIKE ${SLOTS});
       SET search_path = pg_temp, public`,
    ],
    [
      'a schema in front with tables and functions of the same names',
      `CREATE SCHEMA IF NOT EXISTS front;
       CREATE TABLE IF NOT EXISTS front."customer-broadcast" (LIKE ${SLOTS});
       CREATE OR REPLACE FUNCTION front.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()';
       SET search_path = front, pg_catalog, public`,
    ],
  ])('with %s', async (_what, setting) => {
    const second = `INSERT INTO public.orders (customer_id) VALUES ('c1')`;
    expect(await script(setting, second)).toEqual(SLOT_TAKEN);
    await script(setting, `UPDATE public.bookings SET status = 'cancelled'`);
    expect(await database.slots()).toEqual([]);
  });

  test('with a row level trigger of another owner that turns the row active on its way', async () => {
    await database.query(`INSERT INTO orders (customer_id, status) VALUES ('c1', 'expired')`);
    const refusal = await script(
      'BEGIN',
      `CREATE FUNCTION revive() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN NEW.status := 'active'; RETURN NEW; END $$`,
      'CREATE TRIGGER a_revive BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION revive()',
      'UPDATE orders SET trucks_needed = 2',
    );
    expect(refusal).toEqual(SLOT_TAKEN);
  });

  test('with the triggers disabled: the foreign key refuses the commit', async () => {
    expect(await script('ALTER TABLE orders DISABLE TRIGGER USER', SECOND)).toEqual(UNPROVEN);
  });

  test('with the triggers disabled: an update to an active status is refused as well', async () => {
    await database.query(`INSERT INTO orders (customer_id, status) VALUES ('c1', 'expired')`);
    const reopen = `UPDATE orders SET status = 'active'`;
    expect(await script('ALTER TABLE orders DISABLE TRIGGER USER', reopen)).toEqual(UNPROVEN);
  });

  test('for the row whose slot another session deletes', async () => {
    expect(await script('DELETE FROM customer_broadcast_slots')).toEqual(UNPROVEN);
    expect(await script('BEGIN', 'DELETE FROM customer_broadcast_slots', SECOND, 'COMMIT')).toEqual(UNPROVEN);
  });

  test('for the row whose slot another session gives to another customer', async () => {
    const theft = `UPDATE customer_broadcast_slots SET customer_id = 'c9'`;
    expect(await script(theft)).toEqual(UNPROVEN);
  });

  test('when the slot table is truncated alone, and when everything goes with it', async () => {
    expect(await script(`TRUNCATE ${SLOTS}`)).toEqual({ code: '0A000', constraint: null });
    expect(await script(`TRUNCATE ${SLOTS} CASCADE`)).toBeNull();
    expect(await database.query('SELECT 1 FROM bookings')).toEqual([]);
  });

  test('when a slot is taken by hand for a row that is not there', async () => {
    await database.query(
      `INSERT INTO ${SLOTS} (key, slot, source, row_id) VALUES ('c5', 1, 'order', gen_random_uuid())`,
    );
    const insert = `INSERT INTO bookings (customer_id) VALUES ('c5')`;
    expect(await script(insert)).toEqual(SLOT_TAKEN);
    await database.query(`DELETE FROM customer_broadcast_slots WHERE customer_id = 'c5'`);
  });

  test('when the status is not one of the list, and when the derived columns are written', async () => {
    const unknown = await script(`UPDATE bookings SET status = 'ACTIVE'`);
    expect(unknown).toEqual({ code: '23514', constraint: 'ck_bookings_status' });
    const derived = `INSERT INTO orders (customer_id, active_customer_id) VALUES ('c1', NULL)`;
    expect(await script(derived)).toEqual({ code: '428C9', constraint: null });
    expect((await script(`UPDATE bookings SET kind = 'order'`))?.code).toBe('428C9');
  });

  test('for rows that are restored without their slots, which are made anew', async () => {
    const [dir] = await database.query<{ path: string }>(
      `SELECT current_setting('data_directory') || '/${database.name}.txt' AS path`,
    );
    const columns = 'bookings (id, customer_id, status)';
    const restore = [
      `COPY ${columns} TO '${dir?.path}'`,
      'TRUNCATE bookings',
      `COPY ${columns} FROM '${dir?.path}'`,
    ];
    expect(await script(...restore)).toBeNull();
    expect(await database.slots()).toEqual([{ customer_id: 'c1', kind: 'booking' }]);
    expect(await script(SECOND)).toEqual(SLOT_TAKEN);
  });
});

/** The control: the same statement, and nothing but the guard taken away. A rule that another one upheld would pass. */
describe('without the guard', () => {
  async function withoutGuard(...removal: string[]): Promise<string[]> {
    const copy = await createGuardedDatabase();
    try {
      await copy.query(`INSERT INTO bookings (customer_id) VALUES ('c1')`);
      for (const statement of removal) await copy.query(statement);
      await refusalOf(copy.query(SECOND));
      return await copy.doubles();
    } finally {
      await copy.drop();
    }
  }
  const DISABLE = 'ALTER TABLE orders DISABLE TRIGGER USER';
  const NO_PROOF = 'ALTER TABLE orders DROP CONSTRAINT "single_active:customer-broadcast:proof"';

  test('triggers and foreign key gone, the second row is there', async () => {
    expect(await withoutGuard(DISABLE, NO_PROOF)).toEqual(['c1']);
  });

  test('the slots’ primary key gone, the second row is there', async () => {
    const removal = `ALTER TABLE ${SLOTS} DROP CONSTRAINT "single_active:customer-broadcast"`;
    expect(await withoutGuard(removal)).toEqual(['c1']);
  });

  test('one of the two gone, it is not', async () => {
    expect(await withoutGuard(DISABLE)).toEqual([]);
    expect(await withoutGuard(NO_PROOF)).toEqual([]);
  });
});
