import { type Database } from '../database.interface.ts';

/** A database of Drizzle for Postgres, or a transaction of one; the driver may be node-postgres or postgres.js. @publicApi */
export interface DrizzleQueryable<TSql> {
  execute(query: TSql): PromiseLike<unknown>;
}

/** What is used of Drizzle's `sql`. @publicApi */
export interface DrizzleSql<TSql> {
  (strings: TemplateStringsArray, ...values: unknown[]): TSql;
  raw(text: string): TSql;
}

/**
 * Lets the rule ask through Drizzle. A transaction's statements stay in that transaction.
 *
 * @param sql Drizzle's own: `import { sql } from 'drizzle-orm'`. Only it can bind values, and this package imports no ORM.
 * @example await install(fromDrizzle(db, sql), rule);
 * @publicApi
 */
export function fromDrizzle<TSql>(db: DrizzleQueryable<TSql>, sql: DrizzleSql<TSql>): Database {
  return {
    query: async (text, params = []) => ({ rows: rowsOf(await db.execute(bind(sql, text, params))) }),
  };
}

/** `$2` becomes a value of Drizzle's, which numbers them anew. */
function bind<TSql>(sql: DrizzleSql<TSql>, text: string, params: readonly unknown[]): TSql {
  if (params.length === 0) return sql.raw(text);
  const pieces = text.split(/\$(\d+)/);
  const strings = pieces.filter((_, index) => index % 2 === 0);
  const values = pieces.filter((_, index) => index % 2 === 1).map((number) => params[Number(number) - 1]);
  return sql(Object.assign(strings, { raw: strings }), ...values);
}

/** node-postgres answers with `{ rows }`, postgres.js with the rows. */
function rowsOf(answer: unknown): unknown[] {
  if (Array.isArray(answer)) return [...(answer as unknown[])];
  return (answer as { rows: unknown[] }).rows;
}
