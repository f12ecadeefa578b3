import {
  installBroadcastKind,
  type InstalledLife,
  type InstalledKindWithLife,
  uninstallBroadcastKind,
} from '@app/customer-broadcast';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource, type QueryRunner } from 'typeorm';

import {
  createGuardedDatabase,
  refusalOf,
  SLOT_TAKEN,
  taken,
  type GuardedDatabase,
} from './guarded-database.ts';

const LIFE: InstalledLife = {
  statuses: ['created', 'collecting', 'delivered', 'cancelled', 'expired'],
  initial: 'created',
  active: ['created', 'collecting'],
  cancelled: 'cancelled',
  expired: 'expired',
};
const PARCEL: InstalledKindWithLife = { name: 'parcel', table: 'parcels', route: '/v1/parcels', life: LIFE };
const TABLE = 'CREATE TABLE parcels (id uuid PRIMARY KEY, label text)';

let database: GuardedDatabase;
let dataSource: DataSource;
beforeEach(async () => {
  database = await createGuardedDatabase();
  dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
});
afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** As TypeORM runs a migration: in one transaction, rolled back when it throws. */
async function migrate(up: (queryRunner: QueryRunner) => Promise<unknown>): Promise<void> {
  await dataSource.transaction((manager) => up(manager.queryRunner!));
}
const install = (kind = PARCEL) =>
  migrate(async (queryRunner) => {
    await queryRunner.query(TABLE);
    await installBroadcastKind(queryRunner, kind);
  });
const open = (table: string, customer = 'c1') =>
  refusalOf(database.query(`INSERT INTO ${table} (customer_id) VALUES ($1)`, [customer]));
const kinds = async () =>
  (await database.query<{ name: string }>('SELECT name FROM customer_broadcast_kinds ORDER BY 1')).map(
    ({ name }) => name,
  );
const exists = async (table: string) =>
  (await database.query(`SELECT 1 FROM pg_class WHERE relname = $1`, [table])).length === 1;

describe('a third kind, once its migration has run', () => {
  beforeEach(() => install());

  test('obeys the rule with the other two at once, in every direction', async () => {
    expect(await open('parcels')).toBeNull();
    expect(await open('bookings')).toEqual(SLOT_TAKEN);
    expect(await open('orders')).toEqual(SLOT_TAKEN);
    expect(await open('parcels')).toEqual(taken('parcels'));
    await database.query(`UPDATE parcels SET status = 'cancelled'`);
    expect(await open('bookings')).toBeNull();
    expect(await open('parcels')).toEqual(SLOT_TAKEN);
  });

  test('is in the view that every service reads, with its route', async () => {
    await open('parcels');
    const active = await database.query('SELECT kind, customer_id, status, route FROM active_broadcasts');
    expect(active).toEqual([{ kind: 'parcel', customer_id: 'c1', status: 'created', route: '/v1/parcels' }]);
  });

  test('is expired by the function that a create calls, and has its history and its events', async () => {
    await database.query(`INSERT INTO parcels (customer_id, expires_at) VALUES ('c1', now())`);
    await database.query(`SELECT expire_overdue_broadcasts('c1', '{"by": "me", "reason": "late"}')`);
    expect(await open('orders')).toBeNull();
    expect(
      await database.query(`SELECT to_status, changed_by, reason FROM customer_broadcast_transitions
        WHERE kind = 'parcel' ORDER BY id`),
    ).toEqual([
      { to_status: 'created', changed_by: 'sql:postgres', reason: null },
      { to_status: 'expired', changed_by: 'me', reason: 'late' },
    ]);
    expect(
      await database.query(`SELECT type FROM customer_broadcast_outbox WHERE kind = 'parcel' ORDER BY id`),
    ).toEqual([{ type: 'opened' }, { type: 'terminal' }]);
  });

  test('blocks no customer after it was taken out, keeps its rows, and can be installed again', async () => {
    await open('parcels');
    await migrate((queryRunner) => uninstallBroadcastKind(queryRunner, PARCEL));
    expect(await kinds()).toEqual(['booking', 'order']);
    expect(await database.query('SELECT customer_id, status FROM parcels')).toEqual([
      { customer_id: 'c1', status: 'created' },
    ]);
    expect(await database.query('SELECT 1 FROM active_broadcasts')).toEqual([]);
    expect(await open('orders', 'c2')).toBeNull();
    await migrate((queryRunner) => installBroadcastKind(queryRunner, PARCEL));
    expect(await open('orders')).toEqual(SLOT_TAKEN);
  });

  test('cannot be taken back while its customer has another active broadcast', async () => {
    await open('parcels');
    await migrate((queryRunner) => uninstallBroadcastKind(queryRunner, PARCEL));
    await open('orders');
    const again = migrate((queryRunner) => installBroadcastKind(queryRunner, PARCEL));
    await expect(again).rejects.toThrow(/'c1': order [-0-9a-f]{36}, parcel [-0-9a-f]{36}/);
    expect(await kinds()).toEqual(['booking', 'order']);
  });
});

test('a table whose own columns allow nulls takes none once it is installed', async () => {
  await migrate(async (queryRunner) => {
    await queryRunner.query(
      'CREATE TABLE parcels (id uuid PRIMARY KEY, customer_id text, expires_at timestamptz)',
    );
    await installBroadcastKind(queryRunner, PARCEL);
  });
  const insert = `INSERT INTO parcels (customer_id, expires_at) VALUES`;
  for (const values of [`(NULL, now())`, `('c1', NULL)`])
    expect((await refusalOf(database.query(`${insert} ${values}`)))?.code).toBe('23502');
  expect(await refusalOf(database.query(`${insert} ('c1', now())`))).toBeNull();
});

test('a row that is there when its table is installed gets no deadline, and a later one does', async () => {
  await migrate(async (queryRunner) => {
    await queryRunner.query('CREATE TABLE parcels (id uuid PRIMARY KEY, customer_id text, status text)');
    await queryRunner.query(`INSERT INTO parcels VALUES (gen_random_uuid(), 'c1', 'created')`);
    await installBroadcastKind(queryRunner, PARCEL);
  });
  expect(await open('parcels', 'c2')).toBeNull();
  const rows = await database.query(
    'SELECT customer_id, expires_at IS NOT NULL AS has_deadline FROM parcels ORDER BY 1',
  );
  expect(rows).toEqual([
    { customer_id: 'c1', has_deadline: false },
    { customer_id: 'c2', has_deadline: true },
  ]);
  expect(await open('orders')).toEqual(SLOT_TAKEN);
});

test('a default of its own for the id stays', async () => {
  await migrate(async (queryRunner) => {
    await queryRunner.query('CREATE TABLE parcels (id uuid PRIMARY KEY DEFAULT uuidv7())');
    await installBroadcastKind(queryRunner, PARCEL);
  });
  const [column] = await database.query(
    `SELECT column_default FROM information_schema.columns WHERE table_name = 'parcels' AND column_name = 'id'`,
  );
  expect(column).toEqual({ column_default: 'uuidv7()' });
});

test('a deadline that never comes is refused', async () => {
  const forever = database.query(`INSERT INTO bookings (customer_id, expires_at) VALUES ('c1', 'infinity')`);
  expect(await refusalOf(forever)).toEqual({ code: '23514', constraint: 'ck_bookings_expires_at' });
});

test('a table with names as long as they may be is installed', async () => {
  const table = 't'.repeat(40);
  await migrate(async (queryRunner) => {
    await queryRunner.query(`CREATE TABLE ${table} (id uuid PRIMARY KEY)`);
    await installBroadcastKind(queryRunner, { ...PARCEL, name: 'n'.repeat(40), table, route: '/v1/t' });
  });
  expect(await open(table)).toBeNull();
  expect(await open('orders')).toEqual(SLOT_TAKEN);
  expect(await open(table)).toEqual(taken(table));
});

describe('installing fails and leaves nothing', () => {
  test.each([
    [
      'has two active rows of one customer',
      `('c1', 'created'), ('c1', 'collecting')`,
      /'c1': parcel .*, parcel /,
    ],
    ['has an active row of a customer with a booking', `('c9', 'created')`, /'c9': booking .*, parcel /],
    ['has a row without a customer', `(NULL, 'created')`, /column "customer_id".* null/],
    ['has a status that is not one', `('c1', 'pending')`, /ck_parcels_status/],
  ])('on a table that %s', async (_what, rows, text) => {
    await open('bookings', 'c9');
    await database.query(
      'CREATE TABLE parcels (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer_id text, status text)',
    );
    await database.query(`INSERT INTO parcels (customer_id, status) VALUES ${rows}`);
    const attempt = migrate((queryRunner) => installBroadcastKind(queryRunner, PARCEL));
    await expect(attempt).rejects.toThrow(text);
    expect(await kinds()).toEqual(['booking', 'order']);
    expect(await database.slots()).toEqual([{ customer_id: 'c9', kind: 'booking' }]);
    const columns = await database.query(
      `SELECT 1 FROM information_schema.columns WHERE table_name = 'parcels'`,
    );
    expect(columns).toHaveLength(3);
  });

  test.each([
    ['a name with upper case', { name: 'Parcel' }],
    ['a name with a quote', { name: `parcel'` }],
    ['an empty name', { name: '' }],
    ['a name of 41 characters', { name: 'p'.repeat(41) }],
    ['a table with a space', { table: 'parcels x' }],
    ['a table with a statement', { table: 'parcels; DROP TABLE bookings' }],
    ['a route without a slash', { route: 'v1/parcels' }],
    ['a route with a quote', { route: `/v1/parcels'` }],
  ])('with %s', async (_what, change) => {
    const names = { ...PARCEL, ...change };
    await expect(install(names)).rejects.toThrow(/ is not valid: (use|write) /);
    expect(await exists('parcels')).toBe(false);
  });

  test.each([
    ['the name of a kind that is installed', { name: 'booking' }],
    ['a table that is not there', { table: 'nothing' }],
  ])('with %s', async (_what, change) => {
    await expect(install({ ...PARCEL, ...change })).rejects.toThrow();
    expect(await exists('parcels')).toBe(false);
    expect(await kinds()).toEqual(['booking', 'order']);
  });
});
