import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { startPostgres } from '../../tools/embedded/postgres.ts';

const run = promisify(execFile);
const MIGRATE = resolve(import.meta.dirname, '../../dist/database/migrate.js');

/** The data of a Postgres that has every migration and was shut down: what several sites begin with a copy of. */
export interface MigratedCluster {
  readonly dataDir: string;
  remove(): void;
}

/** The caller removes it. What is left of a process that was killed meanwhile is a folder in the system's temporary one. */
export async function makeMigratedCluster(): Promise<MigratedCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'customer-broadcast-chaos-cluster-'));
  chmodSync(dir, 0o755); // Postgres may run as another user
  const dataDir = join(dir, 'postgres');
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  try {
    const postgres = await startPostgres({ dataDir, settings: { fsync: 'off' }, temporaryDir: dir });
    try {
      await migrate(postgres.url);
    } finally {
      await postgres.stop();
    }
    return { dataDir, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

export async function migrate(databaseUrl: string): Promise<void> {
  await run(process.execPath, [MIGRATE], { env: { ...process.env, DATABASE_URL: databaseUrl } });
}
