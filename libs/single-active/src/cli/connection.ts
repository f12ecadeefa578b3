import { createRequire } from 'node:module';

import { type Database } from '../database.interface.ts';
import { databaseUnreachable, databaseUrlMissing, pgMissing } from './cli.messages.ts';
import { UsageError } from './usage.error.ts';

interface Client extends Database {
  connect(): Promise<unknown>;
  end(): Promise<unknown>;
  on(event: 'error', listener: () => void): unknown;
}

interface Pg {
  readonly Client: new (options: object) => Client;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to DATABASE_URL for as long as `work` takes, through the `pg` that the application has installed.
 *
 * @throws UsageError when there is no URL, no `pg` or no answer; `work` was then not called
 */
export async function withConnection<T>(
  url: string | undefined,
  configFile: string,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  if (url === undefined || url === '') throw new UsageError(databaseUrlMissing());
  const pg = loadPg(configFile);
  const client = await connect(pg, url);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function loadPg(configFile: string): Pg {
  try {
    return createRequire(configFile)('pg') as Pg;
  } catch (error) {
    throw new UsageError(pgMissing(configFile), { cause: error });
  }
}

async function connect(pg: Pg, url: string): Promise<Client> {
  try {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'single-active',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    client.on('error', () => undefined); // the statement that is under way rejects with it
    await client.connect();
    return client;
  } catch (error) {
    throw new UsageError(databaseUnreachable(reasonOf(error)), { cause: error });
  }
}

/** Never the URL itself, which holds a password. A host with several addresses gives an error for each, and no text. */
function reasonOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  return first instanceof Error ? first.message : String(first);
}
