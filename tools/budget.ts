import { build } from './build.ts';
import { watchForOrphaning } from './orphan-watch.ts';
import { showStep } from './start/progress.ts';

/** `npm run budget`: builds, because the service that is counted is the built one. What it has started ends with it. */
watchForOrphaning(() => process.exit(1));
try {
  await showStep('Build', () => build());
  // Imported after the build, on which it stands.
  const { main } = await import('../bench/budget/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
