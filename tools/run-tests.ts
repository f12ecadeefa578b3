import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from './build.ts';
import { watchOver } from './embedded/watchdog.ts';
import { watchForOrphaning } from './orphan-watch.ts';
import { ROOT } from './paths.ts';
import { showStep } from './start/progress.ts';
import { passesOf, sum, type TestSummary } from './test-passes.ts';

/**
 * `npm test`: builds, because the end-to-end tests start the built services, then runs jest with the given arguments; without any,
 * everything, in passes. With TEST_SUMMARY_FILE set, the sums of jest's summaries are written there as JSON.
 */
async function main(): Promise<number> {
  await showStep('Build', () => build());
  const summary = process.env.TEST_SUMMARY_FILE ?? '';
  const summaries: TestSummary[] = [];
  let code = 0;
  const passes = passesOf(process.argv.slice(2));
  for (const [index, pass] of passes.entries()) {
    const output = summary === '' ? '' : `${summary}.${index}`;
    const { code: ended, stopped } = await runJest(pass, output);
    code = Math.max(code, ended);
    if (output !== '' && existsSync(output)) {
      summaries.push(JSON.parse(readFileSync(output, 'utf8')) as TestSummary);
      rmSync(output);
    }
    if (stopped) break;
  }
  // A sum that lacks a pass would look like all.
  if (summary !== '' && summaries.length === passes.length)
    writeFileSync(summary, JSON.stringify(sum(summaries)));
  return code;
}

/** Resolves when jest has ended. `stopped`: by a signal, so nothing else is to begin. */
async function runJest(
  args: readonly string[],
  output: string,
): Promise<{ readonly code: number; readonly stopped: boolean }> {
  const child = spawn(
    process.execPath,
    [
      // Jest loads ES modules through Node's module API, which is behind a flag and warns of that in every worker.
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      ...(output === '' ? [] : ['--json', `--outputFile=${output}`]),
      ...args,
    ],
    { cwd: ROOT, stdio: 'inherit' },
  );
  const watchdog = child.pid === undefined ? null : watchOver({ pid: child.pid, signal: 'SIGKILL' });
  watchForOrphaning(() => child.kill('SIGKILL'));
  const stopping = new AbortController();
  // The terminal's Ctrl-C reaches jest by itself; this process only waits for it. It is killed outright on a signal
  // from elsewhere, as jest does not stop its workers on one. The servers end with those who started them.
  const onSignal = (signal: NodeJS.Signals): void => {
    stopping.abort();
    if (signal !== 'SIGINT') child.kill('SIGKILL');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return { code: code ?? 1, stopped: stopping.signal.aborted || signal !== null };
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    watchdog?.dismiss();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
