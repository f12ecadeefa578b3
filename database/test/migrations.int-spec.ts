import { runMigrations } from '@app/platform';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';

import { migrations } from '../migrations/index.ts';
import { createGuardedDatabase, refusalOf, SLOT_TAKEN, type GuardedDatabase } from './guarded-database.ts';

const run = promisify(execFile);
const MIGRATE = resolve(import.meta.dirname, '../../dist/database/migrate.js');
const NAMES = migrations.map(({ name }) => name);

let database: GuardedDatabase;
beforeEach(async () => {
  database = await createGuardedDatabase();
});
afterEach(() => database.drop());

const empty = () =>
  database.query(
    'DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS single_active CASCADE; CREATE SCHEMA public',
  );

/** Everything in the schema that a migration could have made or forgotten. */
const catalogue = () =>
  database.query(`
    SELECT 'relation' AS what, relname::text AS name, relkind::text AS detail FROM pg_class
     WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'function', proname, prosrc || proacl::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgrelid::regclass || '.' || tgname, tgenabled::text || pg_get_triggerdef(oid)
      FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'column', table_name || '.' || column_name, data_type || coalesce(column_default, '')
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public'
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2, 3`);

describe('the migrations', () => {
  test('go down to nothing and up again to the same', async () => {
    await database.query(`INSERT INTO bookings (customer_id) VALUES ('c1')`);
    const before = await catalogue();
    const dataSource = new DataSource({ type: 'postgres', url: database.url, migrations });
    await dataSource.initialize();
    try {
      for (const name of NAMES.toReversed()) {
        await dataSource.undoLastMigration({ transaction: 'each' });
        expect(await dataSource.query('SELECT 1 FROM migrations WHERE name = $1', [name])).toEqual([]);
      }
      const left = await database.query<{ what: string; name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
           AND relname NOT LIKE '%migrations%' AND relname !~ '^PK_'
         UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
      );
      expect(left).toEqual([]);
      expect(await runMigrations(dataSource)).toEqual(NAMES);
    } finally {
      await dataSource.destroy();
    }
    expect(await catalogue()).toEqual(before);
  });

  test('are applied once by three processes that start at the same moment on an empty database', async () => {
    await empty();
    const env = { PATH: process.env.PATH, DATABASE_URL: database.url };
    // A process that does not end with exit code 0 rejects here.
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, [MIGRATE], { env })));
    const applied = outputs.flatMap(({ stdout }) => stdout.match(/(?<=^applied )\w+$/gm) ?? []);
    expect(applied).toEqual(NAMES);
    const recorded = await database.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
    expect(recorded.map(({ name }) => name)).toEqual(NAMES);
    expect(outputs.map(({ stderr }) => stderr)).toEqual(['', '', '']);
  });

  test('work in a schema other than public, whose name needs quotes, for every writer', async () => {
    await empty();
    await database.query('CREATE SCHEMA "Fleet 1"');
    await database.query(`ALTER DATABASE ${database.name} SET search_path = "Fleet 1"`);
    await run(process.execPath, [MIGRATE], { env: { PATH: process.env.PATH, DATABASE_URL: database.url } });
    const outcome = database.session(async (client) => {
      await client.query(`INSERT INTO bookings (customer_id) VALUES ('c1')`);
      await client.query('SET search_path = public');
      await client.query(`INSERT INTO "Fleet 1".orders (customer_id) VALUES ('c1')`);
    });
    expect(await refusalOf(outcome)).toEqual(SLOT_TAKEN);
    await database.session(async (client) => {
      await client.query(`UPDATE bookings SET expires_at = now()`);
      await client.query('SET search_path = public');
      await client.query(`SELECT "Fleet 1".expire_overdue_broadcasts('c1', '{"by": "me"}')`);
      await client.query(`INSERT INTO "Fleet 1".orders (customer_id) VALUES ('c1')`);
    });
    const inPublic = await database.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
       UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
    );
    expect(inPublic).toEqual([]);
  });
});

describe('the command', () => {
  const outcomeOf = (url?: string): Promise<{ code: number; stderr: string }> =>
    run(process.execPath, [MIGRATE], {
      env: { PATH: process.env.PATH, ...(url && { DATABASE_URL: url }) },
    }).then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error: unknown) => error as { code: number; stderr: string },
    );

  test('says in one line what is wrong with its address, without the password, and ends with exit code 1', async () => {
    const nowhere = Object.assign(new URL(database.url), { pathname: '/nowhere' });
    const missing = await outcomeOf();
    const malformed = await outcomeOf('trucks');
    const unknown = await outcomeOf(nowhere.href);
    expect(missing.stderr).toMatch(/^DATABASE_URL is missing\. .*\n$/);
    expect(malformed.stderr).toMatch(/^DATABASE_URL is not the URL of a Postgres database\. .*\n$/);
    expect(unknown.stderr).toBe(
      `migrate: Postgres at ${nowhere.host}/nowhere refuses: database "nowhere" does not exist. Correct DATABASE_URL.\n`,
    );
    for (const { code, stderr } of [missing, malformed, unknown]) {
      expect(code).toBe(1);
      expect(stderr).not.toContain(nowhere.password);
    }
  });
});
