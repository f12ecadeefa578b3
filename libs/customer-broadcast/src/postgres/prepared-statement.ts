import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { CannotExecuteNotConnectedError, type DataSource, type EntityManager } from 'typeorm';
import { inGeneration } from './plan-generation.ts';
import { joinedManager } from './transaction.ts';

/**
 * A statement that a connection parses and plans once. Sent as plain text, the check before a create was planned anew
 * each time and took most of a create's time.
 *
 * @see https://node-postgres.com/features/queries#prepared-statements
 */
export interface PreparedStatement {
  /** Unique for its text; a connection keeps the plan under this name. */
  readonly name: string;
  readonly text: string;
}

/**
 * Connection exceptions, shutdowns, and the two time limits of a transaction that end its session.
 *
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const ENDS_SESSION = /^(08|57P|25P0[34])/;

interface ConnectionPool {
  connect(): Promise<PoolClient>;
}

/**
 * Runs a prepared statement: in the transaction of the manager, or, when a data source is given, in its transaction that is
 * open around the call (`inTransaction`) or else in one of its own.
 *
 * @throws the driver's error. A connection on which the server did not answer is destroyed and not given back, because
 *   the next user would wait behind the unanswered statement.
 */
export async function runPrepared<R extends QueryResultRow>(
  on: DataSource | EntityManager,
  statement: PreparedStatement,
  values: unknown[],
): Promise<QueryResult<R>> {
  const dataSource = dataSourceOf(on);
  const query = { ...inGeneration(dataSource, statement), values };
  const manager = isTransaction(on) ? on : joinedManager(dataSource);
  if (manager && isTransaction(manager)) {
    const connection = (await manager.queryRunner.connect()) as PoolClient;
    return connection.query<R>(query);
  }
  const client = await poolOf(on).connect();
  client.on('error', rejectedAlready);
  let broken = false;
  try {
    return await client.query<R>(query);
  } catch (error) {
    broken = !isServerAnswer(error);
    throw error;
  } finally {
    client.off('error', rejectedAlready);
    client.release(broken);
  }
}

/** A lost connection rejects the statement in flight and is then emitted as well; unheard, that ends the process. */
function rejectedAlready(): void {
  // Nothing to do: the caller has the error.
}

interface Transaction extends EntityManager {
  readonly queryRunner: NonNullable<EntityManager['queryRunner']>;
}

function isTransaction(on: DataSource | EntityManager): on is Transaction {
  return 'queryRunner' in on && on.queryRunner !== undefined;
}

function dataSourceOf(on: DataSource | EntityManager): DataSource {
  return 'dataSource' in on ? on.dataSource : on;
}

/** The pool of TypeORM's Postgres driver; its query runner would cost a wrapper object and a log entry per statement. */
function poolOf(on: DataSource | EntityManager): ConnectionPool {
  const { master } = dataSourceOf(on).driver as unknown as { readonly master?: ConnectionPool };
  if (!master) throw new CannotExecuteNotConnectedError();
  return master;
}

/** An answer with which the session goes on: a server that ends it says why, and the connection is cut a moment later. */
function isServerAnswer(error: unknown): boolean {
  if (!(error instanceof Error && 'severity' in error)) return false;
  return !('code' in error && ENDS_SESSION.test(String(error.code)));
}
