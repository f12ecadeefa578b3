import { writeFileSync } from 'node:fs';

import { build } from './build.ts';
import { runPasses } from './run-jest.ts';
import { showStep } from './start/progress.ts';
import { passesOf } from './test-passes.ts';

/**
 * `npm test`: builds, because the end-to-end tests start the built services, then runs jest with the given arguments; without
 * any, every test file but those of `npm run verify`. With TEST_SUMMARY_FILE set, the sums of jest's summaries are written
 * there as JSON.
 */
async function main(): Promise<number> {
  await showStep('Build', () => build());
  const file = process.env.TEST_SUMMARY_FILE ?? '';
  const passes = passesOf('test', process.argv.slice(2));
  const { code, summary } = await runPasses(passes, { isCounted: file !== '' });
  if (summary !== null) writeFileSync(file, JSON.stringify(summary));
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
