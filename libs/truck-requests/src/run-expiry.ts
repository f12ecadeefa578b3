import { BroadcastExpiryService, type BroadcastKind } from '@app/customer-broadcast';
import { createServiceContext, loadEnvironmentOrExit, type RootModule } from '@app/platform';

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
