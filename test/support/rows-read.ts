import type { TestDatabase } from './test-database.ts';

interface Session {
  query(sql: string): Promise<unknown>;
}

/**
 * How many entries of its indexes and rows of the table itself Postgres read while the work was done. Not how long it took:
 * that is the machine's, and this is the plan's.
 *
 * @param session that does the work, of one connection: it is asked to hand in its counts
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
  await session.query('SELECT pg_stat_force_next_flush()');
  const [{ n } = { n: 0 }] = await database.query<{ n: number }>(
    `SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = t.relname)::int + seq_tup_read::int AS n
       FROM pg_stat_user_tables t WHERE relname = $1`,
    [table],
  );
  return n;
}
