import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { defineRule, holders, install, type TableDefinition } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';
import { isRefused, slotsOf } from './refused.ts';

const ruleOver = (table: Partial<TableDefinition>, slots: number | string = 1) =>
  defineRule({
    name: 'r',
    slots,
    tables: [{ table: 't', id: 'id', key: 'k', activeWhen: 'active', ...table }],
  });

/** Column type, then values of which the first two are one key and the third is another. */
const KEYS: readonly (readonly [type: string, one: string, same: string, other: string])[] = [
  ['int', '1', '1', '2'],
  ['smallint', '1', '1', '2'],
  ['bigint', '9007199254740993', '9007199254740993', '9007199254740992'],
  [
    'uuid',
    `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`,
    `'a0eebc999c0b4ef8bb6d6bb9bd380a11'`,
    'gen_random_uuid()',
  ],
  ['text', `'a'`, `'a'`, `'A'`],
  ['varchar(20)', `'ä'`, `'ä'`, `'a'`],
  ['char(5)', `'a'`, `'a '`, `'A'`],
  ['name', `'a'`, `'a'`, `'b'`],
  ['numeric', '1.0', '1.00', '1.1'],
  ['float8', `'-0'`, '0', '1'],
  ['date', `'2026-01-02'`, `'January 2, 2026'`, `'2026-01-03'`],
  ['timestamptz', `'2026-01-01 12:00+00'`, `'2026-01-01 13:00+01'`, `'2026-01-01 12:00+01'`],
  ['bytea', `'\\x00ff'`, `'\\000\\377'`, `'\\x00'`],
  ['inet', `'10.0.0.1'`, `'10.0.0.1/32'`, `'10.0.0.2'`],
  ['bool', 'true', 'true', 'false'],
  ['mood', `'happy'`, `'happy'`, `'sad'`],
  ['email', `'a@b'`, `'a@b'`, `'b@b'`],
];

describe('tables as they are', () => {
  let database: ApplicationDatabase;
  const refused = (sql: string): Promise<boolean> => isRefused('r', database.pool.query(sql));

  beforeEach(async () => {
    database = await createApplicationDatabase();
    await database.query(
      `CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%')`,
    );
  });
  afterEach(() => database.drop());

  it.each(KEYS)('takes %s for a key, with its own equality', async (type, one, same, other) => {
    await database.query(`CREATE TABLE t (id serial PRIMARY KEY, k ${type}, active bool)`);
    await database.query(`INSERT INTO t (k, active) VALUES (${one}, true)`);
    await install(database.pool, ruleOver({}));
    expect(await refused(`INSERT INTO t (k, active) VALUES (${same}, true)`)).toBe(true);
    expect(await refused(`INSERT INTO t (k, active) VALUES (${other}, true)`)).toBe(false);
    await database.query(`UPDATE t SET k = ${same} WHERE id = 1; UPDATE t SET active = false WHERE id = 1`);
    expect(await refused(`INSERT INTO t (k, active) VALUES (${one}, true)`)).toBe(false);
  });

  it.each([
    ['citext', /citext, which calls different values equal.*lower/],
    ['text COLLATE folded', /text, which calls different values equal.*lower/],
    ['jsonb', /jsonb, which calls different values equal/],
    ['int[]', /integer\[\], which no index can compare/],
    ['point', /point, which no index can compare/],
    ['pair', /pair, which no index can compare/],
  ])('refuses a key of type %s, and says why', async (type, text) => {
    await database.query(`CREATE TYPE pair AS (a int, b int)`);
    await database.query(
      `CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
    );
    if (type === 'citext') {
      // As the extension makes it: a type of its own under another equality.
      await database.query(`CREATE TYPE citext; CREATE FUNCTION citextin(cstring) RETURNS citext LANGUAGE internal IMMUTABLE STRICT AS 'textin';
        CREATE FUNCTION citextout(citext) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
        CREATE TYPE citext (INPUT = citextin, OUTPUT = citextout, LIKE = text, COLLATABLE = true)`);
    }
    await database.query(`CREATE TABLE t (id serial PRIMARY KEY, k ${type}, active bool)`);
    await expect(install(database.pool, ruleOver({}))).rejects.toThrow(text);
    expect(await database.query(`SELECT FROM pg_trigger`)).toEqual([]);
  });

  it('takes quoted names, another schema, and a key over several columns', async () => {
    await database.query(
      `CREATE SCHEMA "My App"; CREATE TABLE "My App"."Order ""x" ("Id" bigserial PRIMARY KEY, "userId" int, city text, "order" text)`,
    );
    const table = '"My App"."Order ""x"';
    const rule = ruleOver({
      table,
      as: `it's`,
      id: '"Id"',
      key: `"userId" || '/' || city`,
      activeWhen: `"order" = 'it''s on'`,
    });
    await install(database.pool, rule);
    const insert = (user: number, city: string): string =>
      `INSERT INTO ${table} ("userId", city, "order") VALUES (${user}, '${city}', 'it''s on')`;
    expect(await refused(insert(1, 'a'))).toBe(false);
    expect(await refused(insert(1, 'b'))).toBe(false);
    expect(await refused(insert(1, 'a'))).toBe(true);
    expect(await holders(database.pool, rule, '1/a')).toMatchObject([{ table: `it's`, id: '1', slot: 1 }]);
  });

  it('takes tables that are called as the words of the function', async () => {
    await database.query(
      `CREATE TABLE "new" (id serial PRIMARY KEY, old_key int, new_key int, active bool, held int)`,
    );
    await install(
      database.pool,
      ruleOver({ table: '"new"', key: 'old_key', activeWhen: 'new.active AND held IS NULL' }),
    );
    const insert = `INSERT INTO "new" (old_key, new_key, active) VALUES (1, 2, true)`;
    expect(await refused(insert)).toBe(false);
    expect(await refused(insert)).toBe(true);
  });

  it('takes an enum status, soft deletion, and ids of different types', async () => {
    await database.query(`CREATE TYPE state AS ENUM ('open', 'closed');
      CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), k varchar(9), state state);
      CREATE TABLE u (id int PRIMARY KEY, k text, deleted_at timestamp)`);
    await install(
      database.pool,
      defineRule({
        name: 'r',
        tables: [
          { table: 't', id: 'id', key: 'k', activeWhen: `state = 'open'` },
          { table: 'u', id: 'id', key: 'k', activeWhen: 'deleted_at IS NULL' },
        ],
      }),
    );
    expect(await refused(`INSERT INTO t (k, state) VALUES ('a', 'open')`)).toBe(false);
    expect(await refused(`INSERT INTO u VALUES (1, 'a')`)).toBe(true);
    await database.query(`UPDATE t SET state = 'closed'`);
    expect(await refused(`INSERT INTO u VALUES (1, 'a')`)).toBe(false);
    await database.query(`UPDATE u SET deleted_at = now()`);
    expect(await refused(`UPDATE t SET state = 'open'`)).toBe(false);
    expect(await refused(`UPDATE u SET deleted_at = NULL`)).toBe(true);
  });

  it('finds a row again whatever the settings of the session that ends it', async () => {
    await database.query(`CREATE TABLE t (id serial PRIMARY KEY, k timestamptz, active bool)`);
    await install(database.pool, ruleOver({ key: 'k::date::text' }));
    const client = await database.connect();
    await client.query(`SET TimeZone = 'Pacific/Auckland'; INSERT INTO t (k, active) VALUES ('2026-01-01 23:30+00', true);
      SET TimeZone = 'America/New_York'; SET DateStyle = 'German'; UPDATE t SET active = false`);
    await client.end();
    expect(await slotsOf(database, 'r')).toEqual([]);
  });

  it('obeys row security: a role that sees no row still frees and takes', async () => {
    await database.query(`CREATE TABLE t (id serial PRIMARY KEY, k int, active bool);
      ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON t USING (k <> 2);
      INSERT INTO t (k, active) VALUES (1, true), (2, true)`);
    await install(database.pool, ruleOver({}));
    const role = `${database.name}_user`;
    await database.query(`CREATE ROLE ${role}; GRANT ALL ON t, t_id_seq TO ${role}`);
    try {
      const client = await database.connect();
      await client.query(`SET ROLE ${role}; SET row_security = on`);
      expect(await isRefused('r', client.query(`INSERT INTO t (k, active) VALUES (1, true)`))).toBe(true);
      await client.query(`UPDATE t SET active = false WHERE k = 1`);
      expect(await isRefused('r', client.query(`INSERT INTO t (k, active) VALUES (1, true)`))).toBe(false);
      await expect(client.query(`SELECT FROM single_active.r`)).rejects.toThrow(/permission denied/);
      await client.end();
      expect(await slotsOf(database, 'r')).toHaveLength(2);
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it.each([
    [
      'CREATE VIEW t AS SELECT 1 AS id, 1 AS k, true AS active',
      /tables\[0\]\.table is public\.t, a view\. Name the table/,
    ],
    ['CREATE UNLOGGED TABLE t (id int, k int, active bool)', /UNLOGGED.*SET LOGGED/],
    [
      'CREATE TABLE t (id int, k int, active bool); CREATE TABLE c () INHERITS (t)',
      /other tables inherit.*Name each/,
    ],
    ['SELECT 1', /tables\[0\]\.table is 't', which this database does not have/],
    [
      'CREATE TABLE t (id int, active bool)',
      /tables\[0\]\.key is not valid over its table: column "k" does not exist/,
    ],
    ['CREATE TABLE t (id int, k int, active text)', /tables\[0\]\.activeWhen is text, not a condition/],
    ['CREATE TABLE t (id int, k int GENERATED ALWAYS AS (id + 1), active bool)', /virtual column k/],
  ])('refuses %s and changes nothing', async (sql, text) => {
    await database.query(sql);
    await expect(install(database.pool, ruleOver({}))).rejects.toThrow(text);
    expect(await database.query(`SELECT FROM pg_namespace WHERE nspname = 'single_active'`)).toEqual([]);
  });

  it('refuses tables whose keys have different types', async () => {
    await database.query(
      `CREATE TABLE t (id int, k int, active bool); CREATE TABLE u (id int, k text, active bool)`,
    );
    const table = { id: 'id', key: 'k', activeWhen: 'active' };
    const rule = defineRule({
      name: 'r',
      tables: [
        { ...table, table: 't' },
        { ...table, table: 'u' },
      ],
    });
    await expect(install(database.pool, rule)).rejects.toThrow(
      /tables\[1\]\.key is text.*bigint.*Give all tables keys of one type/,
    );
  });
});
