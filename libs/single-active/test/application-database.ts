import { randomBytes } from 'node:crypto';

import pg from 'pg';

export interface ApplicationDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Removes it, with every connection to it. */
  drop(): Promise<void>;
}

/**
 * An empty database, as an application has it before the rule.
 *
 * @throws Error outside of `npm test`, which starts the server
 */
export async function createApplicationDatabase(setUp = ''): Promise<ApplicationDatabase> {
  const adminUrl = process.env.TEST_POSTGRES_ADMIN_URL;
  if (adminUrl === undefined) {
    throw new Error('The suite has no Postgres: run it with "npm test", which starts one.');
  }
  const name = `application_${randomBytes(8).toString('hex')}`;
  await administer(adminUrl, `CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => undefined); // an idle connection that the drop has cut
  await pool.query(setUp);
  return {
    url,
    pool,
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
