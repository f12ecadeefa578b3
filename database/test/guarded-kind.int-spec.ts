import {
  type InstalledGuardedKind,
  installBroadcastKind,
  uninstallBroadcastKind,
} from '@app/customer-broadcast';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DataSource, type QueryRunner } from 'typeorm';

import { createGuardedDatabase, refusalOf, SLOT_TAKEN, type GuardedDatabase } from './guarded-database.ts';

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

async function migrate(up: (queryRunner: QueryRunner) => Promise<unknown>): Promise<void> {
  await dataSource.transaction((manager) => up(manager.queryRunner!));
}
const open = (table: string, customer = 'c1') =>
  refusalOf(database.query(`INSERT INTO ${table} (customer_id) VALUES ($1)`, [customer]));

describe('a kind whose table stays as it is', () => {
  const RIDE: InstalledGuardedKind = {
    name: 'ride',
    table: 'dispatch.rides',
    route: '/v1/rides',
    id: 'id',
    customer: 'rider_id',
    activeWhen: `state IN ('requested', 'on_trip')`,
  };
  const columns = () =>
    database.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'rides' ORDER BY 1`,
    );
  const ride = (rider: string, state = 'requested') =>
    refusalOf(database.query('INSERT INTO dispatch.rides (rider_id, state) VALUES ($1, $2)', [rider, state]));

  beforeEach(async () => {
    await database.query(`CREATE SCHEMA dispatch;
      CREATE TABLE dispatch.rides (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), rider_id text, state text);
      INSERT INTO dispatch.rides (rider_id, state) VALUES ('old', 'on_trip'), ('old', 'requested')`);
  });

  test('obeys the rule with the others, gets no column, and keeps rows that break the rule', async () => {
    const before = await columns();
    await migrate((queryRunner) => installBroadcastKind(queryRunner, RIDE));
    expect(await columns()).toEqual(before);
    expect(await ride('c1')).toBeNull();
    expect(await open('bookings')).toEqual(SLOT_TAKEN);
    expect(await open('orders', 'c2')).toBeNull();
    expect(await ride('c2')).toEqual(SLOT_TAKEN);
    expect(await open('bookings', 'old')).toEqual(SLOT_TAKEN);
    const active = await database.query(
      `SELECT kind, status, expires_at FROM active_broadcasts WHERE customer_id = 'c1'`,
    );
    expect(active).toEqual([{ kind: 'ride', status: null, expires_at: null }]);
    await database.query(`UPDATE dispatch.rides SET state = 'done' WHERE rider_id = 'c1'`);
    expect(await open('bookings')).toBeNull();
  });

  test('can be taken out again, and blocks no customer then', async () => {
    await migrate((queryRunner) => installBroadcastKind(queryRunner, RIDE));
    await migrate((queryRunner) => uninstallBroadcastKind(queryRunner, RIDE));
    expect(await ride('c1')).toBeNull();
    expect(await open('bookings')).toBeNull();
    expect(await open('orders', 'old')).toBeNull();
  });
});
