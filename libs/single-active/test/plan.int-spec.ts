import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { defineRule, install, plan, report } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { isRefused } from './refused.ts';

const rule = defineRule({ name: 'r', tables: [{ table: 't', id: 'id', key: 'k', activeWhen: 'active' }] });
const TWO_OF_ONE = [
  {
    key: '1',
    rows: [
      { table: 't', id: 1 },
      { table: 't', id: 2 },
    ],
  },
];

describe('plan, observe and report', () => {
  let database: ApplicationDatabase;
  const insert = 'INSERT INTO t (k, active) VALUES (1, true)';

  beforeEach(async () => {
    database = await createApplicationDatabase();
    await database.query(`CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int, active bool);
      ${insert}; ${insert}`);
  });
  afterEach(() => database.drop());

  it('plans in a read-only transaction: statements, locks and rows that break the rule', async () => {
    const client = await database.connect();
    await client.query('BEGIN READ ONLY');
    const planned = await plan(client, rule);
    await client.end();
    expect(planned.violations).toEqual(TWO_OF_ONE);
    expect(planned.locks).toMatchObject([{ table: 't', mode: 'SHARE ROW EXCLUSIVE' }]);
    for (const { statement } of planned.locks)
      expect(planned.statements[statement]).toContain('CREATE OR REPLACE TRIGGER');
    for (const statement of planned.statements) await database.query(statement);
    expect(await isRefused('r', database.pool.query(insert))).toBe(true);
  });

  it('keeps rows that break the rule, and refuses a new one until the key is below its number', async () => {
    expect((await install(database.pool, rule)).violations).toEqual(TWO_OF_ONE);
    await database.query('UPDATE t SET active = false WHERE id = 1');
    expect(await isRefused('r', database.pool.query(insert))).toBe(true);
    await database.query('UPDATE t SET active = false WHERE id = 2');
    expect(await isRefused('r', database.pool.query(insert))).toBe(false);
  });

  it('observes without refusing, reports it, and enforces afterwards', async () => {
    await install(database.pool, rule, { mode: 'observe' });
    expect(await isRefused('r', database.pool.query(insert))).toBe(false);
    const { observed, violations } = await report(database.pool, rule);
    expect(observed).toEqual({ count: 1, first: expect.any(Date), last: expect.any(Date) });
    expect(violations[0]?.rows).toHaveLength(3);
    await install(database.pool, rule);
    expect(await isRefused('r', database.pool.query(insert))).toBe(true);
  });
});
