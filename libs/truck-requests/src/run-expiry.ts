import { setTimeout as wait } from 'node:timers/promises';
import { BroadcastExpiryService, type BroadcastKind } from '@app/customer-broadcast';
import {
  createServiceContext,
  DatabaseConnector,
  loadEnvironmentOrExit,
  type RootModule,
} from '@app/platform';

/** A CronJob that waits for longer runs into the next one. */
const CONNECT_LIMIT_MS = 10_000;

/**
 * One expiry run, for a CronJob: prints a JSON line `{"kind","expired","durationMs"}` on standard output and ends. Exit code
 * 0 when everything that was due is expired; 1, with the reason on standard error, otherwise. Two at once, or beside a
 * scheduled worker, share the work.
 *
 * @publicApi
 */
export async function runExpiry(rootModule: RootModule, kind: BroadcastKind): Promise<void> {
  loadEnvironmentOrExit();
  try {
    const context = await createServiceContext(rootModule);
    await connected(context.get(DatabaseConnector));
    const run = await context.get(BroadcastExpiryService).expireDue(kind);
    process.stdout.write(`${JSON.stringify(run)}\n`);
    await context.close();
    process.exit(0);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `expire ${kind.name}: ${reason}. Check DATABASE_URL and that the migrations have run.\n`,
    );
    process.exit(1);
  }
}

async function connected(database: DatabaseConnector): Promise<void> {
  const late = wait(CONNECT_LIMIT_MS, 'late' as const, { ref: false });
  if ((await Promise.race([database.connected(), late])) !== 'late') return;
  throw new Error(`Postgres could not be reached within ${CONNECT_LIMIT_MS / 1000} s`);
}
