import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { startPostgres } from '../../tools/embedded/postgres.ts';

const run = promisify(execFile);
const MIGRATE = resolve(import.meta.dirname, '../../dist/database/migrate.js');

let made: Promise<string> | undefined;

/**
 * The data of a Postgres that has every migration and was shut down, for sites to begin with a copy of. Made once in a process:
 * making and migrating one takes three seconds of a processor, and a run has six sites.
 */
export function migratedCluster(): Promise<string> {
  made ??= make();
  return made;
}

async function make(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'customer-broadcast-chaos-cluster-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  chmodSync(dir, 0o755); // Postgres may run as another user
  const dataDir = join(dir, 'postgres');
  const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' }, temporaryDir: dir });
  try {
    await run(process.execPath, [MIGRATE], { env: { ...process.env, DATABASE_URL: postgres.url } });
  } finally {
    await postgres.stop();
  }
  return dataDir;
}
