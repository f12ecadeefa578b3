import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { defineRule, install, uninstall } from '../src/index.ts';
import { type ApplicationDatabase, createApplicationDatabase } from './application-database.ts';

const TABLES = `
  CREATE TABLE rides (id int PRIMARY KEY, rider int, active bool, note text DEFAULT 'x' CHECK (note <> ''));
  CREATE INDEX ON rides (rider) WHERE active;
  CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
  CREATE TRIGGER own AFTER INSERT ON rides FOR EACH ROW EXECUTE FUNCTION own();
  CREATE TABLE rentals (id int, renter int, active bool, place int) PARTITION BY LIST (place);
  CREATE TABLE rentals_1 PARTITION OF rentals FOR VALUES IN (1);
  CREATE TABLE jobs (id int PRIMARY KEY, owner int, kind text NOT NULL GENERATED ALWAYS AS ('job') STORED, open bool,
    active_owner int GENERATED ALWAYS AS (CASE WHEN open THEN owner END) STORED);
  INSERT INTO rides SELECT n, n FROM generate_series(1, 10) n;
  INSERT INTO jobs (id, owner, open) VALUES (1, 99, true)`;
const plain = [
  { table: 'rides', id: 'id', key: 'rider', activeWhen: 'active' },
  { table: 'rentals', id: 'id', key: 'renter', activeWhen: 'active' },
];
const proven = {
  table: 'jobs',
  as: 'job',
  id: 'id',
  key: 'owner',
  activeWhen: 'open',
  proof: { key: 'active_owner', source: 'kind' },
};
const rule = defineRule({ name: 'one-request', tables: [...plain, proven] });

/** Each catalogue that says something of a table, and which of its rows are of the application. */
const CATALOGUES: Readonly<Record<string, string>> = {
  pg_attribute: 'attrelid IN (SELECT oid FROM own_class)',
  pg_attrdef: 'adrelid IN (SELECT oid FROM own_class)',
  pg_index: 'indrelid IN (SELECT oid FROM own_class)',
  pg_constraint: 'conrelid IN (SELECT oid FROM own_class)',
  pg_trigger: 'tgrelid IN (SELECT oid FROM own_class)',
  pg_depend: 'objid IN (SELECT oid FROM own_class) OR refobjid IN (SELECT oid FROM own_class)',
  pg_policy: 'polrelid IN (SELECT oid FROM own_class)',
  pg_rewrite: 'ev_class IN (SELECT oid FROM own_class)',
  pg_namespace: 'true',
  pg_proc: 'oid >= 16384',
  pg_type: 'oid >= 16384',
  pg_sequence: 'true',
};

describe('the catalogue of the tables', () => {
  let database: ApplicationDatabase;
  /** As text, by catalogue. Statistics and the hint that there have been triggers are not compared. */
  const snapshot = async (): Promise<Record<string, readonly string[]>> => {
    const parts = Object.entries(CATALOGUES).map(async ([catalogue, condition]) => {
      const rows = await database.query<{ row: string }>(
        `WITH own_class AS (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
         SELECT to_jsonb(c)::text AS row FROM ${catalogue} c WHERE ${condition} ORDER BY 1`,
      );
      return [catalogue, rows.map(({ row }) => row)] as const;
    });
    const classes = await database.query<{ row: string }>(
      `SELECT (to_jsonb(c) - ARRAY['relhastriggers', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid'])::text AS row
         FROM pg_class c WHERE oid >= 16384 ORDER BY 1`,
    );
    return { ...Object.fromEntries(await Promise.all(parts)), pg_class: classes.map(({ row }) => row) };
  };

  beforeEach(async () => {
    database = await createApplicationDatabase(TABLES);
  });
  afterEach(() => database.drop());

  it('is after the uninstall as it was before, to the last row', async () => {
    const before = await snapshot();
    expect(before.pg_trigger).toHaveLength(1);
    await install(database.pool, rule);
    expect((await snapshot()).pg_trigger?.length).toBeGreaterThan(8);
    await uninstall(database.pool, rule);
    expect(await snapshot()).toEqual(before);
  });

  it('gets triggers from an install and nothing else: no column, index, constraint, default or rewrite', async () => {
    const { pg_attribute, pg_attrdef, pg_index, pg_constraint, pg_class } = await snapshot();
    await install(database.pool, defineRule({ name: 'plain', tables: plain }));
    const after = await snapshot();
    expect(after).toMatchObject({ pg_attribute, pg_attrdef, pg_index, pg_constraint });
    expect(after.pg_class).toEqual(expect.arrayContaining([...(pg_class ?? [])]));
  });

  it('keeps another rule when one is taken out', async () => {
    const other = defineRule({ name: 'other', tables: [plain[0]!] });
    await install(database.pool, other);
    const before = await snapshot();
    await install(database.pool, rule);
    await uninstall(database.pool, rule);
    expect(await snapshot()).toEqual(before);
  });
});
