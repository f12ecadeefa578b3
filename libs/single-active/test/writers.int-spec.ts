import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type Database, defineRule, type Installation, install } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { isRefused, slotsOf } from './refused.ts';

const rule = defineRule({ name: 'r', tables: [{ table: 't', id: 'id', key: 'k', activeWhen: 'active' }] });
const insert = (key: number): string => `INSERT INTO t (k, active) VALUES (${key}, true)`;

describe('writers beside an install', () => {
  let database: ApplicationDatabase;
  const activeOf = async (key: number): Promise<number> =>
    (await database.query(`SELECT FROM t WHERE k = ${key} AND active`)).length;
  /** Returns when the statement has ended, or a session of the database waits for a lock. */
  const endedOrWaiting = async (statement: Promise<unknown>): Promise<void> => {
    const end = { isReached: false };
    const note = (): void => {
      end.isReached = true;
    };
    statement.then(note, note);
    const select = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while (!end.isReached && (await database.query(select)).length === 0);
  };

  beforeEach(async () => {
    database = await createApplicationDatabase(
      'CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int, active bool)',
    );
  });
  afterEach(() => database.drop());

  it('refuses a key that has old violators, also while the last of them ends', async () => {
    await database.query(`${insert(1)}; ${insert(1)}`);
    await install(database.pool, rule);
    await database.query('UPDATE t SET active = false WHERE id = 1');
    const [ending, beside] = [await database.connect(), await database.connect()];
    await ending.query('BEGIN; UPDATE t SET active = false WHERE id = 2');
    await beside.query('BEGIN');
    const first = isRefused('r', beside.query(insert(1)));
    await endedOrWaiting(first);
    await ending.query('COMMIT');
    await first;
    const second = isRefused('r', database.pool.query(insert(1)));
    await endedOrWaiting(second);
    await beside.query('COMMIT');
    expect([await first, await second].filter((isOut) => !isOut)).toHaveLength(await activeOf(1));
    expect(await activeOf(1)).toBe(1);
    await Promise.all([ending.end(), beside.end()]);
  });

  it('waits for a transaction that had written before, and lets others write meanwhile', async () => {
    const long = await database.connect();
    await long.query(`BEGIN; ${insert(1)}`);
    let installation: Installation | null = null;
    const installing = install(database.pool, rule).then((done) => (installation = done));
    await endedOrWaiting(installing);
    await database.query(`SET lock_timeout = '250ms'; ${insert(2)}; RESET lock_timeout`);
    expect(installation).toBeNull();
    await long.query('COMMIT');
    expect(await installing).toEqual({ mode: 'enforce', violations: [] });
    expect(await slotsOf(database, 'r')).toEqual(['1/1 t 1', '2/1 t 2']);
    await long.end();
  });

  it('counts what a transaction records that was open at the switch, and returns after it', async () => {
    const late = await database.connect();
    const asked = Promise.withResolvers<null>();
    let isSwitched = false;
    const db: Database = {
      query: async (text, params) => {
        if (text.includes("mode = 'enforce'")) {
          await late.query(`BEGIN; ${insert(1)}`);
          isSwitched = true;
        }
        if (isSwitched && text.includes('virtualtransaction')) asked.resolve(null);
        return database.pool.query(text, params);
      },
    };
    let isDone = false;
    const installing = install(db, rule).finally(() => (isDone = true));
    // After the switch it asks who is open still.
    await Promise.race([asked.promise, installing]);
    expect(isDone).toBe(false);
    await late.query('COMMIT');
    expect(await installing).toEqual({ mode: 'enforce', violations: [] });
    expect(await slotsOf(database, 'r')).toEqual(['1/1 t 1']);
    await late.end();
  });

  it('lets no writer wait for another of its key while it only records', async () => {
    await install(database.pool, rule, { mode: 'observe' });
    const other = await database.connect();
    await other.query(`BEGIN; ${insert(1)}`);
    await database.query(`SET lock_timeout = '1ms'; ${insert(1)}; RESET lock_timeout`);
    await other.query('COMMIT');
    await other.end();
    await install(database.pool, rule);
    expect(await slotsOf(database, 'r')).toEqual(['1/1 t 1', '1/2 t 2']);
  });

  it('goes through when several processes install at once', async () => {
    await database.query(`INSERT INTO t (k, active) SELECT n, true FROM generate_series(1, 5000) n`);
    const done = await Promise.all(Array.from({ length: 4 }, () => install(database.pool, rule)));
    expect(done).toEqual(Array.from({ length: 4 }, () => ({ mode: 'enforce', violations: [] })));
    expect(await slotsOf(database, 'r')).toHaveLength(5000);
    expect(await isRefused('r', database.pool.query(insert(7)))).toBe(true);
  });
});
