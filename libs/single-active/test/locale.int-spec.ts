import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';

import { defineRule, doctor, install } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { isRefused } from './refused.ts';

const KEYS = 3_000;
/** In mixed case: what one locale sorts apart, another sorts together. */
const KEY = `translate(md5(n::text), 'abcdef', 'aBcDeF') || '-' || n`;
const rule = defineRule({ name: 'r', tables: [{ table: 't', id: 'id', key: 'k', activeWhen: 'active' }] });

describe('a change of the locale data under the same files', () => {
  let database: ApplicationDatabase;
  let session: pg.Client;

  beforeAll(async () => {
    database = await createApplicationDatabase(
      `CREATE TABLE t (id text PRIMARY KEY DEFAULT gen_random_uuid()::text COLLATE "C", k text, active bool);
       CREATE TABLE control (k text UNIQUE);
       INSERT INTO t (k, active) SELECT ${KEY}, true FROM generate_series(1, ${KEYS}, 2) n;
       INSERT INTO control SELECT ${KEY} FROM generate_series(1, ${KEYS}) n`,
      `LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`,
    );
    await install(database.pool, rule);
    await database.query(
      `INSERT INTO t (k, active) SELECT ${KEY}, true FROM generate_series(2, ${KEYS}, 2) n`,
    );
    // What an upgrade of the system's locale data does: another order, and nothing tells Postgres.
    await database.query(
      `UPDATE pg_database SET daticurules = '& 9 < a < A < 0 & c < B < 1' WHERE datname = current_database()`,
    );
    session = await database.connect();
  }, 60_000);
  afterAll(async () => {
    await session.end();
    await database.drop();
  });

  const countPassed = async (insert: string): Promise<number> => {
    const keys = await session.query<{ key: string }>(
      `SELECT ${KEY} AS key FROM generate_series(1, ${KEYS}, 7) n`,
    );
    let count = 0;
    for (const { key } of keys.rows) {
      count += await session.query(insert, [key]).then(
        () => 1,
        () => 0,
      );
    }
    return count;
  };

  it('lets second rows through an index of the database’s own order', async () => {
    expect(await countPassed('INSERT INTO control VALUES ($1)')).toBeGreaterThan(0);
  });

  it('lets no second active row through the rule', async () => {
    expect(await countPassed('INSERT INTO t (k, active) VALUES ($1, true)')).toBe(0);
    expect(
      await isRefused(
        'r',
        session.query(`INSERT INTO t (k, active) SELECT ${KEY}, true FROM generate_series(5, 5) n`),
      ),
    ).toBe(true);
  });

  it('keeps every slot with its row, and frees it', async () => {
    expect(await doctor(session, rule)).toEqual({ ok: true, findings: [] });
    await session.query('UPDATE t SET active = false');
    expect((await session.query('SELECT FROM single_active.r')).rows).toEqual([]);
  });
});
