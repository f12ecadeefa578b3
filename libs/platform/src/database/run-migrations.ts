import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { isDependencyFailure } from '../problems/dependency-failure.ts';

/** Any fixed number that no other user of the database takes for an advisory lock. */
const MIGRATION_LOCK = 7_203_964_155_301;
const RETRY_DELAY_MS = 250;
/** Longer than a large index takes to build, which a second replica waits for. */
const GIVE_UP_AFTER_MS = 10 * 60_000;

/** What is being waited for or done, in words for a terminal or a log. @publicApi */
export type MigrationProgress = (message: string) => void;

/**
 * Applies pending migrations, each in its own transaction, and returns the names of those this call applied, in
 * order. Any number of processes may call it at once: one works, the others wait and find nothing left to do. Waits
 * for a database that is still starting and tries again when a lock could not be had.
 *
 * A process that dies while it works releases the lock with its session; its unfinished migration is rolled back.
 *
 * @param dataSource connected or not, built with `statementTimeoutMs: 0`; stays connected
 * @throws the migration's error when it fails for a reason that waiting does not cure; earlier ones stay applied
 * @publicApi
 */
export async function runMigrations(
  dataSource: DataSource,
  onProgress: MigrationProgress = () => undefined,
): Promise<string[]> {
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  await retrying(deadline, onProgress, async () => {
    if (!dataSource.isInitialized) await dataSource.initialize();
  });
  const applied: string[] = [];
  await retrying(deadline, onProgress, async () => {
    const session = dataSource.createQueryRunner();
    try {
      await lock(session, deadline, onProgress);
      for (const migration of await dataSource.runMigrations({ transaction: 'each' })) {
        applied.push(migration.name);
        onProgress(`applied ${migration.name}`);
      }
    } finally {
      await unlock(session);
    }
  });
  return applied;
}

/** Asks instead of waiting in the database: `lock_timeout` would end a wait there. */
async function lock(session: QueryRunner, deadline: number, onProgress: MigrationProgress): Promise<void> {
  let hasReported = false;
  while (Date.now() < deadline) {
    const rows = (await session.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK])) as {
      locked: boolean;
    }[];
    if (rows[0]?.locked === true) return;
    if (!hasReported) onProgress('another process is migrating, waiting for it');
    hasReported = true;
    await wait(RETRY_DELAY_MS);
  }
  throw new Error(
    `Another process has been migrating for ${GIVE_UP_AFTER_MS} ms. Nothing was applied by this one.`,
  );
}

async function unlock(session: QueryRunner): Promise<void> {
  try {
    await session.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } catch {
    // The session is gone, and the lock with it.
  } finally {
    await session.release();
  }
}

async function retrying(
  deadline: number,
  onProgress: MigrationProgress,
  attempt: () => Promise<void>,
): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!isDependencyFailure(error) || Date.now() > deadline) throw error;
      onProgress(`trying again: ${(error as Error).message}`);
      await wait(RETRY_DELAY_MS);
    }
  }
}
