import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';

import { startPostgres } from '../../tools/embedded/postgres.ts';
import { findRedisServer } from '../../tools/embedded/redis-binary.ts';
import { startClusterLender } from './cluster-lender.ts';
import { setSuiteServers } from './suite-servers.ts';

const run = promisify(execFile);
const TEMPLATE = 'template_customer_broadcast';
const MIGRATE = resolve(import.meta.dirname, '../../dist/database/migrate.js');

/** What a crash of the machine would lose does not matter here, and waiting for the disk would. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '400',
  shared_buffers: '128MB',
};

/**
 * Starts the suite's own Postgres and migrates the template that every test file clones. The workers, which inherit
 * the environment, find both in TEST_POSTGRES_ADMIN_URL and TEST_TEMPLATE_DATABASE, in TEST_CLUSTER_LENDER_URL what lends them a
 * running cluster, and in TEST_TEMPORARY_DIR a folder
 * for their files that is removed at the end, whatever the end is.
 */
export default async function globalSetup(): Promise<void> {
  const onProgress = (message: string): void => console.error(message);
  await findRedisServer(onProgress);
  const temporaryDir = mkdtempSync(join(tmpdir(), 'customer-broadcast-test-'));
  await chmod(temporaryDir, 0o755); // Postgres may run as another user
  const postgres = await startPostgres({
    dataDir: join(temporaryDir, 'postgres'),
    settings: SETTINGS,
    temporaryDir,
  });
  process.env.TEST_TEMPORARY_DIR = temporaryDir;
  setSuiteServers({ postgres, lender: null, temporaryDir });
  await query(postgres.url, `CREATE DATABASE ${TEMPLATE}`);
  if (existsSync(MIGRATE)) {
    const env = { ...process.env, DATABASE_URL: postgres.urlOf(TEMPLATE) };
    await run(process.execPath, [MIGRATE], { env });
  }
  // No client can connect to it any more, so none can keep a clone from being made.
  await query(postgres.url, `ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
  process.env.TEST_POSTGRES_ADMIN_URL = postgres.url;
  process.env.TEST_TEMPLATE_DATABASE = TEMPLATE;
  const lender = await startClusterLender();
  setSuiteServers({ postgres, lender, temporaryDir });
  process.env.TEST_CLUSTER_LENDER_URL = lender.url;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
