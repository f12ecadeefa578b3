import { build } from './build.ts';
import { watchForOrphaning } from './orphan-watch.ts';
import { showStep } from './start/progress.ts';

/** `npm run bench`: builds, because the services that are measured are the built ones. What it has started ends with it. */
watchForOrphaning(() => process.exit(1));
try {
  await showStep('Build', async () => {
    await build();
    await build(undefined, 'bench/tsconfig.build.json');
  });
  // Imported after the build, on which it stands.
  const { main } = await import('../bench/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
