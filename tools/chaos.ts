import { build } from './build.ts';
import { watchForOrphaning } from './orphan-watch.ts';
import { showStep } from './start/progress.ts';

/** The caller waits no longer than this for what a run could not stop; that ends with this process. */
const LINGER_MS = 5000;

/** `npm run chaos`: builds, because the services that are broken on purpose are the built ones. What it has started ends with it. */
watchForOrphaning(() => process.exit(1));
try {
  await showStep('Build', () => build());
  // Imported after the build, on which it stands.
  const { main } = await import('../chaos/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
setTimeout(() => {
  console.error(`ended with this still open: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit();
}, LINGER_MS).unref();
