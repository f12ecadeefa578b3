import { randomBytes } from 'node:crypto';

import pg from 'pg';

export interface OpenDatabase {
  readonly url: string;
  readonly name: string;
  readonly pool: pg.Pool;
  /** The rows of one statement, in the database's order. */
  query<TRow extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, params?: unknown[]): Promise<TRow[]>;
}

/** A database of the caller's own. */
export interface TestDatabase extends OpenDatabase {
  /** Removes it, also while clients are connected. Safe to call twice. */
  drop(): Promise<void>;
}

/**
 * A database of the caller's own, cloned from the migrated template.
 *
 * @throws Error outside of `npm test`, which starts the server.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = process.env.TEST_POSTGRES_ADMIN_URL;
  const template = process.env.TEST_TEMPLATE_DATABASE;
  if (adminUrl === undefined || template === undefined) {
    throw new Error('The suite has no Postgres: run it with "npm test", which starts one.');
  }
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
  const database = openDatabase(url);
  let dropped: Promise<void> | null = null;
  return {
    ...database,
    drop: () =>
      (dropped ??= administer(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).finally(() =>
        database.pool.end(),
      )),
  };
}

/** A way into a database that is another's: what it was made for drops it. Its pool is the caller's to end. */
export function openDatabase(url: string): OpenDatabase {
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => undefined); // an idle connection that a fault test, or drop, has cut
  return {
    url,
    name: new URL(url).pathname.slice(1),
    pool,
    query: async <TRow extends pg.QueryResultRow>(sql: string, params?: unknown[]) =>
      (await pool.query<TRow>(sql, params)).rows,
  };
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
