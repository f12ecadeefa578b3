import { type Database } from '../database.interface.ts';

/** A DataSource, an EntityManager or a QueryRunner of TypeORM 0.3 or 1. @publicApi */
export interface TypeOrmQueryable {
  query(text: string, params?: unknown[]): Promise<unknown>;
}

/**
 * Lets the rule ask through TypeORM. An EntityManager or QueryRunner inside a transaction stays in that transaction.
 *
 * @example await install(fromTypeOrm(queryRunner), rule); // in the `up` of a migration
 * @publicApi
 */
export function fromTypeOrm(queryable: TypeOrmQueryable): Database {
  return { query: async (text, params) => ({ rows: rowsOf(await queryable.query(text, params)) }) };
}

/** TypeORM answers with the rows, but for an UPDATE or DELETE with `[rows, count]`. A row is never an array. */
function rowsOf(answer: unknown): unknown[] {
  if (!Array.isArray(answer)) return [];
  const [first] = answer as unknown[];
  return Array.isArray(first) ? first : answer;
}
