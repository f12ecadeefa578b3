import pg from 'pg';

import type { OpenDatabase } from './test-database.ts';
import { waitFor } from './wait.ts';

export interface HoldOptions {
  readonly table: string;
  readonly on: 'INSERT' | 'UPDATE';
  /** `commit`: the statement is done and its transaction waits before it commits. */
  readonly at: 'statement' | 'commit';
  /** A condition over NEW (and OLD). @default every row */
  readonly when?: string;
}

export interface Hold {
  /** Resolves once a session waits. @param count how many must wait. @default 1 */
  reached(count?: number): Promise<void>;
  /** Ends the sessions that wait, as a crash of the server would. */
  terminate(): Promise<void>;
  /** Lets every session go on, and removes the trigger. Safe to call twice. */
  release(): Promise<void>;
}

let nextKey = 7_000;

/**
 * Holds writers of a table at a chosen point, from outside of their process: a trigger that only this database has waits
 * for an advisory lock that is taken here. A statement still ends after the writer's own statement_timeout.
 */
export async function holdWriters(database: OpenDatabase, options: HoldOptions): Promise<Hold> {
  const { table, on, at, when } = options;
  const key = nextKey++;
  const name = `test_hold_${key}`;
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock($1)', [key]);
  await database.query(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
    BEGIN PERFORM pg_advisory_xact_lock_shared(${key}); RETURN NEW; END $$`);
  const condition = when === undefined ? '' : `WHEN (${when})`;
  await database.query(
    at === 'commit'
      ? `CREATE CONSTRAINT TRIGGER ${name} AFTER ${on} ON ${table} DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW ${condition} EXECUTE FUNCTION ${name}()`
      : `CREATE TRIGGER ${name} BEFORE ${on} ON ${table} FOR EACH ROW ${condition} EXECUTE FUNCTION ${name}()`,
  );
  const waiters = (): Promise<{ pid: number }[]> =>
    database.query(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [key],
    );
  let released: Promise<void> | null = null;
  return {
    reached: async (count = 1) => {
      await waitFor(async () => (await waiters()).length >= count, {
        describe: `${count} writer(s) of ${table} to be held`,
        intervalMs: 5,
      });
    },
    terminate: async () => {
      for (const { pid } of await waiters()) await database.query('SELECT pg_terminate_backend($1)', [pid]);
      await waitFor(async () => (await waiters()).length === 0);
    },
    release: () =>
      (released ??= (async () => {
        await holder.end();
        await database.query(`DROP TRIGGER ${name} ON ${table}`);
        await database.query(`DROP FUNCTION ${name}()`);
      })()),
  };
}
