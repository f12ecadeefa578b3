import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { CannotExecuteNotConnectedError, type DataSource, type EntityManager } from 'typeorm';
import { beginGeneration, generationOf, inGeneration } from './plan-generation.ts';
import { isReadOnlySession, isVoidPlan } from './postgres-error.ts';
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
 * A statement of its own is repeated once, on another connection or with a new plan, when Postgres refused it before anything
 * was done: in a session that reads only, or for a plan that a change of a table has made void.
 *
 * @throws the driver's error. A connection on which the server did not answer, or whose session reads only, is destroyed and
 *   not given back: the next user would wait behind the unanswered statement, or be refused as well.
 */
export async function runPrepared<R extends QueryResultRow>(
  on: DataSource | EntityManager,
  statement: PreparedStatement,
  values: unknown[],
): Promise<QueryResult<R>> {
  const dataSource = dataSourceOf(on);
  const manager = isTransaction(on) ? on : joinedManager(dataSource);
  const run = async (): Promise<QueryResult<R>> => {
    const generation = generationOf(dataSource);
    const query = { ...inGeneration(dataSource, statement), values };
    try {
      return await (manager && isTransaction(manager)
        ? ((await manager.queryRunner.connect()) as PoolClient).query<R>(query)
        : queryPool<R>(dataSource, query));
    } catch (error) {
      // Once for all statements that were under way with plans of this age.
      if (isVoidPlan(error) && generation === generationOf(dataSource)) beginGeneration(dataSource);
      throw error;
    }
  };
  try {
    return await run();
  } catch (error) {
    const isRefused = isReadOnlySession(error) || isVoidPlan(error);
    if (manager || !isRefused) throw error;
    return run();
  }
}

async function queryPool<R extends QueryResultRow>(
  dataSource: DataSource,
  query: QueryConfig<unknown[]>,
): Promise<QueryResult<R>> {
  const client = await poolOf(dataSource).connect();
  client.on('error', rejectedAlready);
  let broken = false;
  try {
    return await client.query<R>(query);
  } catch (error) {
    broken = !isServerAnswer(error) || isReadOnlySession(error);
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
function poolOf(dataSource: DataSource): ConnectionPool {
  const { master } = dataSource.driver as unknown as { readonly master?: ConnectionPool };
  if (!master) throw new CannotExecuteNotConnectedError();
  return master;
}

/** An answer with which the session goes on: a server that ends it says why, and the connection is cut a moment later. */
function isServerAnswer(error: unknown): boolean {
  if (!(error instanceof Error && 'severity' in error)) return false;
  return !('code' in error && ENDS_SESSION.test(String(error.code)));
}
