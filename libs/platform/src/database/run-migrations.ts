import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { isDependencyFailure } from '../problems/dependency-failure.ts';
import { connectForMigration } from './connect-for-migration.ts';

/** Any fixed number that no other user of the database takes for an advisory lock. */
const MIGRATION_LOCK = 7_203_964_155_301;
const RETRY_DELAY_MS = 250;
/** Longer than a large index takes to build, which a second replica waits for. */
const GIVE_UP_AFTER_MS = 10 * 60_000;
/** Enough for a database that is started together with this process; a wrong address should not take minutes to show. */
const CONNECT_WITHIN_MS = 30_000;

/** What is being waited for or done, in words for a terminal or a log. @publicApi */
export type MigrationProgress = (message: string) => void;

/** @publicApi */
export interface RunMigrationsOptions {
  /** Milliseconds that a database may take until it answers. @default 30000 */
  readonly connectWithinMs?: number;
}

/**
 * Applies pending migrations, each in its own transaction, and returns the names of those this call applied, in
 * order. Any number of processes may call it at once: one works, the others wait and find nothing left to do. Waits
 * for a database that is still starting and tries again when a lock could not be had; says so once for each reason.
 *
 * A process that dies while it works releases the lock with its session; its unfinished migration is rolled back.
 *
 * @param dataSource connected or not, built with `statementTimeoutMs: 0`; stays connected
 * @throws Error with one line that names the place and the remedy when the database does not answer in time, or refuses
 *   the login; nothing was applied then
 * @throws the migration's error when it fails for a reason that waiting does not cure; earlier ones stay applied
 * @publicApi
 */
export async function runMigrations(
  dataSource: DataSource,
  onProgress: MigrationProgress = () => undefined,
  { connectWithinMs = CONNECT_WITHIN_MS }: RunMigrationsOptions = {},
): Promise<string[]> {
  const deadline = Date.now() + GIVE_UP_AFTER_MS;
  const applied: string[] = [];
  let lastReason: string | undefined;
  for (;;) {
    await connectForMigration(dataSource, onProgress, connectWithinMs);
    try {
      await applyPending(dataSource, applied, deadline, onProgress);
      return applied;
    } catch (error) {
      if (!isDependencyFailure(error) || Date.now() > deadline) throw error;
      const reason = (error as Error).message;
      if (reason !== lastReason) onProgress(`trying again: ${reason}`);
      lastReason = reason;
      await wait(RETRY_DELAY_MS);
    }
  }
}

async function applyPending(
  dataSource: DataSource,
  applied: string[],
  deadline: number,
  onProgress: MigrationProgress,
): Promise<void> {
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
