import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../database.interface.ts';
import { stateOf } from './database-fault.ts';
import type { Step } from './step.ts';

/** Refused because others hold what is asked for: lock_not_available, deadlock_detected. */
const BUSY = ['55P03', '40P01'];
/** Another session took what the statement had chosen. */
const CONFLICT = '23505';
/** The transaction around the call has failed: whatever is sent now is refused. */
const ABORTED = '25P02';
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** Longer than a report runs, shorter than a deployment waits. */
const GIVE_UP_MS = 60_000;

/** A lock on a table could not be had. What was done before stays, and the same call goes on from there. @publicApi */
export class TableBusyError extends Error {
  override readonly name = 'TableBusyError';

  constructor(
    readonly table: string,
    mode: string,
    blockers: string,
    cause: unknown,
  ) {
    super(
      `No ${mode} lock on ${table} within ${GIVE_UP_MS / 1000} s. ${blockers} ` +
        'End it or wait for it, then run the same again: what was done stays.',
      { cause },
    );
  }
}

/**
 * Runs a step, and again after a pause when what it asks for is locked: traffic goes on in between.
 *
 * @param slots the slot table of the rule, for a step that locks no other
 * @throws TableBusyError when the lock is not to be had; the driver's error for any other reason
 */
export async function runStep(db: Database, step: Step, slots: string): Promise<void> {
  const { table, mode } = step.lock ?? { table: slots, mode: 'ROW EXCLUSIVE' };
  const passing = step.isRepeatedOnConflict === true ? [...BUSY, CONFLICT] : BUSY;
  const giveUpAtMs = performance.now() + GIVE_UP_MS;
  let busy: Error | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    try {
      await db.query(step.statement);
      return;
    } catch (error) {
      const state = stateOf(error) ?? '';
      // In a transaction of the caller's there is no second try.
      if (state === ABORTED && busy !== undefined) throw busy;
      if (!passing.includes(state)) throw error;
      busy = error instanceof Error ? error : new Error(String(error));
    }
    if (performance.now() > giveUpAtMs)
      throw new TableBusyError(table, mode, await describeBlockers(db, table), busy);
    await pause(pauseMs);
  }
}

async function describeBlockers(db: Database, table: string): Promise<string> {
  const { rows } = await db.query(
    `SELECT a.pid, a.state, pg_catalog.left(a.query, 80) AS query, pg_catalog.date_trunc('second', pg_catalog.now() - a.xact_start)::text AS age
       FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
      WHERE l.relation = pg_catalog.to_regclass($1) AND l.granted AND a.pid <> pg_catalog.pg_backend_pid()
      ORDER BY a.xact_start LIMIT 3`,
    [table],
  );
  const held = (rows as { pid: number; state: string; query: string; age: string }[]).map(
    ({ pid, state, query, age }) => `process ${pid} (${state} for ${age}: ${query})`,
  );
  return held.length > 0 ? `Held by ${held.join(', ')}.` : 'Its holder is gone now.';
}
