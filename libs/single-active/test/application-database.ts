import { randomBytes } from 'node:crypto';

import pg from 'pg';

export interface ApplicationDatabase {
  readonly name: string;
  readonly url: string;
  readonly pool: pg.Pool;
  /** The rows of one statement, or of the last of several. */
  query<TRow extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, params?: unknown[]): Promise<TRow[]>;
  /** A session of its own. It ends with the database at the latest. */
  connect(): Promise<pg.Client>;
  /** Removes it, with every connection to it. */
  drop(): Promise<void>;
}

/**
 * An empty database, as an application has it before the rule.
 *
 * @param options what CREATE DATABASE is to be given besides the name
 * @throws Error outside of `npm test`, which starts the server
 */
export async function createApplicationDatabase(setUp = '', options = ''): Promise<ApplicationDatabase> {
  const adminUrl = process.env.TEST_POSTGRES_ADMIN_URL;
  if (adminUrl === undefined) {
    throw new Error('The suite has no Postgres: run it with "npm test", which starts one.');
  }
  const name = `application_${randomBytes(8).toString('hex')}`;
  await administer(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0 ${options}`);
  const url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  pool.on('error', () => undefined); // an idle connection that the drop has cut
  await pool.query(setUp);
  return {
    name,
    url,
    pool,
    query: async <TRow extends pg.QueryResultRow>(sql: string, params?: unknown[]) => {
      const result: pg.QueryResult<TRow> | pg.QueryResult<TRow>[] = await pool.query<TRow>(sql, params);
      return Array.isArray(result) ? ((result as pg.QueryResult<TRow>[]).at(-1)?.rows ?? []) : result.rows;
    },
    connect: async () => {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined); // as above
      await client.connect();
      return client;
    },
    drop: async () => {
      await pool.end();
      await administer(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
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
