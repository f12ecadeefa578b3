import { build } from './build.ts';
import { showStep } from './start/progress.ts';

/** `npm run chaos`: builds, because the services that are broken on purpose are the built ones. */
try {
  await showStep('Build', () => build());
  // Imported after the build, on which it stands.
  const { main } = await import('../chaos/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
