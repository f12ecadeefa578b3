import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { defineRule, holders, install, uninstall } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { errorOf, isRefused, slotsOf } from './refused.ts';

const rule = defineRule({
  name: 'one-request',
  tables: [
    { table: 'rides', id: 'id', key: 'rider_id', activeWhen: "status IN ('requested', 'matched')" },
    { table: 'rentals', id: 'id', key: '"userId"', activeWhen: "state = 'OPEN'" },
  ],
});
const insertRide = (rider: number, status = 'requested'): string =>
  `INSERT INTO rides (rider_id, status) VALUES (${rider}, '${status}') RETURNING id`;

describe('a rule over two plain tables', () => {
  let database: ApplicationDatabase;
  const refused = (statement: string): Promise<boolean> =>
    isRefused('one-request', database.pool.query(statement));

  beforeAll(async () => {
    database = await createApplicationDatabase();
    await database.query(`CREATE TABLE rides (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, rider_id int, status text NOT NULL);
      CREATE TABLE rentals (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "userId" bigint, state varchar(10) NOT NULL);
      INSERT INTO rides (rider_id, status) VALUES (1, 'requested'), (2, 'done')`);
  });
  afterAll(() => database.drop());

  it('counts the rows that were there', async () => {
    expect(await install(database.pool, rule)).toEqual({ mode: 'enforce', violations: [] });
    expect(await refused(insertRide(1))).toBe(true);
    expect(await refused(`INSERT INTO rentals ("userId", state) VALUES (1, 'OPEN')`)).toBe(true);
    expect(await slotsOf(database, 'one-request')).toEqual(['1/1 rides 1']);
  });

  it('names rule and key in the error of the refusal', async () => {
    expect(await errorOf(database.pool.query(insertRide(1)))).toMatchObject({
      code: '23505',
      constraint: 'single_active:one-request',
      detail: 'Key (key, slot)=(1, 1) already exists.',
    });
  });

  it('refuses the second active row across the tables, and lets it pass when the first has ended', async () => {
    expect(await refused(insertRide(2))).toBe(false);
    expect(await refused(`INSERT INTO rentals ("userId", state) VALUES (2, 'OPEN')`)).toBe(true);
    expect(await refused(`INSERT INTO rentals ("userId", state) VALUES (2, 'CLOSED')`)).toBe(false);
    expect(await refused(`UPDATE rentals SET state = 'OPEN' WHERE "userId" = 2`)).toBe(true);
    await database.query(`UPDATE rides SET status = 'done' WHERE rider_id = 2`);
    expect(await refused(`UPDATE rentals SET state = 'OPEN' WHERE "userId" = 2`)).toBe(false);
    await database.query(`DELETE FROM rentals`);
    expect(await refused(insertRide(2, 'matched'))).toBe(false);
  });

  it('says who holds a slot', async () => {
    const [holder, ...others] = await holders(database.pool, rule, 2);
    expect(holder).toEqual({
      table: 'rides',
      id: expect.stringMatching(/^\d+$/),
      slot: 1,
      takenAt: expect.any(Date),
    });
    expect(Math.abs(Date.now() - (holder?.takenAt.getTime() ?? 0))).toBeLessThan(60_000);
    expect(others).toEqual([]);
    expect(await holders(database.pool, rule, 77)).toEqual([]);
  });

  it('gives a row without a key no slot', async () => {
    const insert = `INSERT INTO rides (rider_id, status) VALUES (NULL, 'requested'), (NULL, 'requested')`;
    expect(await refused(insert)).toBe(false);
  });

  it('follows a row to another key, and to another id', async () => {
    await database.query(insertRide(10));
    await database.query(`UPDATE rides SET rider_id = 11 WHERE rider_id = 10`);
    expect(await refused(insertRide(10, 'matched'))).toBe(false);
    expect(await refused(insertRide(11))).toBe(true);
    await database.query(
      `UPDATE rides SET id = DEFAULT WHERE rider_id = 11; UPDATE rides SET status = 'done' WHERE rider_id = 11`,
    );
    expect(await refused(insertRide(11))).toBe(false);
  });

  it('frees with TRUNCATE, and what the other table holds stays', async () => {
    await database.query(`INSERT INTO rentals ("userId", state) VALUES (20, 'OPEN')`);
    await database.query('TRUNCATE rides');
    expect(await refused(insertRide(1))).toBe(false);
    expect(await refused(insertRide(20))).toBe(true);
  });

  it('is refused under session_replication_role = replica, too', async () => {
    const client = await database.connect();
    await client.query(`SET session_replication_role = replica`);
    expect(await isRefused('one-request', client.query(insertRide(20)))).toBe(true);
    await client.end();
  });

  it('changes nothing when it is installed again', async () => {
    const before = await slotsOf(database, 'one-request');
    expect(await install(database.pool, rule)).toEqual({ mode: 'enforce', violations: [] });
    expect(await slotsOf(database, 'one-request')).toEqual(before);
    expect(await refused(insertRide(20))).toBe(true);
  });

  it('is gone after the uninstall, with its schema', async () => {
    await uninstall(database.pool, rule);
    expect(await refused(insertRide(20))).toBe(false);
    expect(await database.query(`SELECT FROM pg_namespace WHERE nspname = 'single_active'`)).toEqual([]);
    await uninstall(database.pool, rule);
    await expect(holders(database.pool, rule, 1)).rejects.toThrow(/does not exist/);
  });
});

describe('a rule with a proof', () => {
  let database: ApplicationDatabase;
  const proven = defineRule({
    name: 'proven',
    tables: [
      {
        table: 'jobs',
        as: 'job',
        id: 'id',
        key: 'owner_id',
        activeWhen: "status = 'open'",
        proof: { key: 'active_owner_id', source: 'kind' },
      },
    ],
  });

  beforeAll(async () => {
    database = await createApplicationDatabase();
    await database.query(`CREATE TABLE jobs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), owner_id text NOT NULL, status text NOT NULL,
        kind text NOT NULL GENERATED ALWAYS AS ('job') STORED, note text,
        active_owner_id text GENERATED ALWAYS AS (CASE WHEN status = 'open' THEN owner_id END) STORED);
      INSERT INTO jobs (owner_id, status) VALUES ('a', 'open'), ('b', 'done')`);
    await install(database.pool, proven);
  });
  afterAll(() => database.drop());

  it('refuses a second row, and lets a row end', async () => {
    const insert = `INSERT INTO jobs (owner_id, status) VALUES ('a', 'open')`;
    expect(await isRefused('proven', database.pool.query(insert))).toBe(true);
    await database.query(`UPDATE jobs SET status = 'done'`);
    expect(await isRefused('proven', database.pool.query(insert))).toBe(false);
  });

  it('keeps the id in its own type', async () => {
    expect(
      await database.query(`SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = 'single_active.proven'::regclass AND attname = 'row_id'`),
    ).toEqual([{ type: 'uuid' }]);
  });

  it('makes a trigger that is switched off an error', async () => {
    await database.query('ALTER TABLE jobs DISABLE TRIGGER USER');
    const error = await errorOf(
      database.pool.query(`INSERT INTO jobs (owner_id, status) VALUES ('c', 'open')`),
    );
    expect(error).toMatchObject({ code: '23503', constraint: 'single_active:proven:proof' });
    await install(database.pool, proven);
    await database.query(`INSERT INTO jobs (owner_id, status) VALUES ('c', 'open')`);
  });

  it('is taken off, and can be installed in a transaction of the caller', async () => {
    await uninstall(database.pool, proven);
    const client = await database.connect();
    await client.query('BEGIN');
    expect(await install(client, proven)).toEqual({ mode: 'enforce', violations: [] });
    await client.query('ROLLBACK');
    expect(await database.query(`SELECT FROM pg_namespace WHERE nspname = 'single_active'`)).toEqual([]);
    await client.query('BEGIN');
    await install(client, proven);
    await client.query('COMMIT');
    const insert = `INSERT INTO jobs (owner_id, status) VALUES ('c', 'open')`;
    expect(await isRefused('proven', client.query(insert))).toBe(true);
    await client.end();
  });
});
