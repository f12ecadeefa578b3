import type { DataSourceOptions } from 'typeorm';
import type { Environment } from '../config/environment.interface.ts';
import { FencedClient } from './fenced-client.ts';

/** What differs between the processes that connect. @publicApi */
export interface DataSourceSettings {
  readonly entities: NonNullable<DataSourceOptions['entities']>;
  readonly migrations?: DataSourceOptions['migrations'];
  /** What `pg_stat_activity` shows. @default 'customer-broadcast' */
  readonly applicationName?: string;
  /** Milliseconds; 0 is no limit, for migrations that build an index. @default 3000 */
  readonly statementTimeoutMs?: number;
}

/** No longer than a request has: what nobody waits for any more ends, too. */
const STATEMENT_TIMEOUT_MS = 3_000;
/** Longer than the statement's limit: only a server that says nothing at all gets here. */
const QUERY_TIMEOUT_MARGIN_MS = 500;

/**
 * A connection keeps the plan of a statement. One that was made while a table was nearly empty, as at the first requests of a
 * day or a deployment, reads the table whole, and does so when it has grown, until Postgres counts its rows again. Each
 * statement of a service has an index; what has none may still read whole tables, and would then, for the price that Postgres up to
 * 17 sets on it, be compiled as well.
 */
const INDEXES_ONLY = ['enable_seqscan=off', 'jit=off'];

/**
 * What the code and the driver rely on, whatever the database or the role has by default: dates that `pg` reads, whole binary
 * columns and numbers, and updates that look again at a row for which they waited. Whether sessions may write stays the
 * database's own decision.
 */
const RELIED_ON = [
  'DateStyle=ISO,MDY',
  'IntervalStyle=postgres',
  'bytea_output=hex',
  'extra_float_digits=1',
  'default_transaction_isolation=read\\ committed',
];

/** For the start of a session: no statement is needed. */
const SESSION_OPTIONS = [...RELIED_ON, ...INDEXES_ONLY].map((setting) => `-c ${setting}`).join(' ');

/**
 * Options for a TypeORM data source in which every wait has an end: for a connection 2 s, for a lock 2 s, for a
 * statement 3 s, for a silent server 3.5 s. The schema belongs to the migrations, never to TypeORM.
 *
 * @publicApi
 */
export function createDataSourceOptions(env: Environment, settings: DataSourceSettings): DataSourceOptions {
  const { entities, migrations = [], applicationName = 'customer-broadcast' } = settings;
  const statementTimeoutMs = settings.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  return {
    type: 'postgres',
    url: env.databaseUrl,
    entities,
    migrations,
    synchronize: false,
    migrationsRun: false,
    logging: false,
    poolSize: env.databasePoolSize,
    applicationName,
    extra: {
      Client: FencedClient,
      connectionTimeoutMillis: 2_000,
      statement_timeout: statementTimeoutMs,
      ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + QUERY_TIMEOUT_MARGIN_MS }),
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 5_000,
      options: SESSION_OPTIONS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    },
  };
}
