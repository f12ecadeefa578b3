import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { build } from './build.ts';
import { watchOver } from './embedded/watchdog.ts';
import { watchForOrphaning } from './orphan-watch.ts';
import { ROOT } from './paths.ts';
import { showStep } from './start/progress.ts';

/**
 * `npm test`: builds, because the end-to-end tests start the built services, then runs jest with the given arguments.
 * With TEST_SUMMARY_FILE set, jest writes its summary there as JSON.
 */
async function main(): Promise<number> {
  await showStep('Build', () => build());
  const summary = process.env.TEST_SUMMARY_FILE ?? '';
  const child = spawn(
    process.execPath,
    [
      // Jest loads ES modules through Node's module API, which is behind a flag and warns of that in every worker.
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      ...(summary === '' ? [] : ['--json', `--outputFile=${summary}`]),
      ...process.argv.slice(2),
    ],
    { cwd: ROOT, stdio: 'inherit' },
  );
  const watchdog = child.pid === undefined ? null : watchOver({ pid: child.pid, signal: 'SIGKILL' });
  watchForOrphaning(() => child.kill('SIGKILL'));
  // The terminal's Ctrl-C reaches jest by itself; this process only waits for it. It is killed outright on a signal
  // from elsewhere, as jest does not stop its workers on one. The servers end with those who started them.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      watchdog?.dismiss();
      resolve(code ?? 1);
    });
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
