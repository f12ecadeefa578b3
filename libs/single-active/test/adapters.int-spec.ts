import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import knex from 'knex';

import { fromKnex } from '../src/adapters/knex.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { ORMS } from './orm/index.ts';
import { type OrmSession } from './orm/orm.interface.ts';

const RIDES = 'CREATE TABLE rides (id int PRIMARY KEY, rider_id text NOT NULL, status text NOT NULL)';

let database: ApplicationDatabase;
beforeAll(async () => {
  database = await createApplicationDatabase(RIDES);
});
afterAll(() => database.drop());

describe.each(ORMS)('the adapter for $name', ({ connect }) => {
  let session: OrmSession;
  beforeAll(async () => {
    session = await connect(database.url);
  });
  afterAll(() => session.close());
  beforeEach(() => database.pool.query('TRUNCATE rides'));

  it('binds values by their number, as often as they occur', async () => {
    const { rows } = await session.db.query(
      'SELECT $2::text AS second, $1::int AS first, $2::text AS again, $3::boolean AS third',
      [1, "it's $1", null],
    );
    expect(rows).toEqual([{ second: "it's $1", first: 1, again: "it's $1", third: null }]);
  });

  it('leaves question marks, backslashes and colons alone', async () => {
    const text = String.raw`SELECT 'a?b' ~ 'a\?b' AS matches, '{"a": 1}'::jsonb ? 'a' AS has, ':name ??' AS t`;
    const { rows } = await session.db.query(text);
    expect(rows).toEqual([{ matches: true, has: true, t: ':name ??' }]);
  });

  it('answers with the rows of every kind of statement', async () => {
    const { db } = session;
    const insert = "INSERT INTO rides VALUES (1, 'r', 'open'), (2, 'r', 'open') RETURNING id";
    expect((await db.query(insert)).rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect((await db.query("UPDATE rides SET status = 'done' RETURNING id")).rows).toHaveLength(2);
    expect((await db.query('DELETE FROM rides WHERE id = $1 RETURNING id', [2])).rows).toEqual([{ id: 2 }]);
    expect((await db.query("UPDATE rides SET status = 'open'")).rows).toEqual([]);
    expect((await db.query('SELECT id FROM rides WHERE id > 5')).rows).toEqual([]);
    expect((await db.query('DO $$ BEGIN PERFORM 1; END $$')).rows).toEqual([]);
  });

  it('stays in the transaction it is given', async () => {
    const undone = session.inTransaction(async ({ db, insertRide }) => {
      await insertRide(1, 'r');
      await db.query("INSERT INTO rides VALUES (2, 'r', 'open')");
      expect((await db.query('SELECT id FROM rides ORDER BY id')).rows).toEqual([{ id: 1 }, { id: 2 }]);
      throw new Error('roll back');
    });
    await expect(undone).rejects.toThrow('roll back');
    expect((await session.db.query('SELECT id FROM rides')).rows).toEqual([]);
  });

  it('rejects with an error, and serves the next statement', async () => {
    await expect(session.db.query('SELECT missing FROM rides')).rejects.toThrow(/missing/);
    expect((await session.db.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

it('the adapter for Knex refuses a transaction that has ended', async () => {
  const pool = knex({ client: 'pg', connection: database.url });
  try {
    const trx = await pool.transaction();
    await trx.commit();
    await expect(fromKnex(trx).query('SELECT 1')).rejects.toThrow(/transaction has ended.*open/);
  } finally {
    await pool.destroy();
  }
});
