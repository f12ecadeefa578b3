import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { isDependencyFailure } from '../problems/dependency-failure.ts';

const RETRY_DELAY_MS = 250;

/**
 * Returns when the database answers. Says once that it is waited for.
 *
 * @throws Error after `withinMs`, and at once when waiting would not help (a wrong password); its one line says what
 *   failed, where, without the password, and what to do.
 */
export async function connectForMigration(
  dataSource: DataSource,
  onProgress: (message: string) => void,
  withinMs: number,
): Promise<void> {
  const where = addressOf(dataSource);
  const deadline = Date.now() + withinMs;
  let hasReported = false;
  for (;;) {
    try {
      if (!dataSource.isInitialized) await dataSource.initialize();
      await dataSource.query('SELECT 1');
      return;
    } catch (error) {
      const reason = reasonOf(error);
      if (!isDependencyFailure(error)) {
        throw new Error(`Postgres at ${where} refuses: ${reason}. Correct DATABASE_URL.`, { cause: error });
      }
      if (Date.now() >= deadline) {
        throw new Error(
          `Postgres at ${where} did not answer within ${withinMs / 1000} s: ${reason}. Start it, or correct DATABASE_URL.`,
          { cause: error },
        );
      }
      if (!hasReported) onProgress(`waiting up to ${withinMs / 1000} s for Postgres at ${where}: ${reason}`);
      hasReported = true;
      await wait(RETRY_DELAY_MS);
    }
  }
}

/** `host:port/database`, without user and password. */
function addressOf({ options }: DataSource): string {
  const url = 'url' in options && typeof options.url === 'string' ? options.url : '';
  if (!URL.canParse(url)) return 'DATABASE_URL';
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || 'localhost'}:${port || 5432}${pathname}`;
}

/** A refused connection to a name with two addresses is an error without text, around one for each address. */
function reasonOf(error: unknown): string {
  if (!Error.isError(error)) return String(error);
  const { errors } = error as { errors?: unknown };
  if (error.message === '' && Array.isArray(errors)) return errors.map(reasonOf).join(', ');
  return error.message || error.name;
}
