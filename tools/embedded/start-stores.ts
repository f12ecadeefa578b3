import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { EmbeddedServer } from './embedded-server.interface.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

const run = promisify(execFile);
const LOCK_NODES = 3;

/** Everything that the services stand on. */
export interface Stores {
  readonly postgres: EmbeddedServer;
  readonly key: EmbeddedServer;
  /** Three, which know nothing of each other. */
  readonly locks: readonly EmbeddedServer[];
  /** Ends them, paused ones too, and removes their data. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a Postgres, a Redis for the key and three for the lock, on free ports, with data of their own; gone with this
 * process at the latest.
 *
 * @param name of the temporary folder, `customer-broadcast-<name>-…`
 * @param cluster data of a Postgres that was shut down, to begin with a copy of. @default a new one
 * @throws Error when one does not come up; the others are stopped again
 */
export async function startStores(
  name: string,
  postgresSettings: Readonly<Record<string, string>>,
  cluster?: string,
): Promise<Stores> {
  const dir = mkdtempSync(join(tmpdir(), `customer-broadcast-${name}-`));
  chmodSync(dir, 0o755); // Postgres may run as another user
  const undo: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const dataDir = join(dir, 'postgres');
    if (cluster !== undefined) await run('cp', ['-a', cluster, dataDir]); // with its owner
    const postgres = await startPostgres({
      dataDir,
      settings: postgresSettings,
      temporaryDir: dir,
    });
    undo.push(() => postgres.stop());
    const redis = await Promise.all(Array.from({ length: 1 + LOCK_NODES }, () => startRedis()));
    undo.push(() => Promise.all(redis.map((server) => resumeAndStop(server))));
    const [key, ...locks] = redis;
    return { postgres, key: key!, locks, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function resumeAndStop(server: EmbeddedServer): Promise<void> {
  await server.kill('SIGCONT');
  await server.stop();
}
