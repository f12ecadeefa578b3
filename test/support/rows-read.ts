import type { TestDatabase } from './test-database.ts';

interface Session {
  query(sql: string): Promise<unknown>;
}

/**
 * How many entries of its indexes and rows of the table itself Postgres read while the work was done. Not how long it took:
 * that is the machine's, and this is the plan's.
 *
 * @param session that does the work, of one connection: it is asked to hand in its counts
 * @param table or, with `%`, all those whose names are like it
 */
export async function rowsReadBy(
  session: Session,
  database: TestDatabase,
  table: string,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = await rowsRead(session, database, table);
  await work();
  return (await rowsRead(session, database, table)) - before;
}

async function rowsRead(session: Session, database: TestDatabase, table: string): Promise<number> {
  // Also by the session that prepared the test: its counts may otherwise come a second later, in the middle of the work.
  for (const one of [session, database]) await one.query('SELECT pg_stat_force_next_flush()');
  const [{ n } = { n: 0 }] = await database.query<{ n: number }>(
    `SELECT ((SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE relname LIKE $1)
             + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE $1))::int AS n`,
    [table],
  );
  return n;
}
