import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { build } from './build.ts';
import { ROOT } from './paths.ts';
import { runPasses } from './run-jest.ts';
import { runNode } from './run-node.ts';
import { showStep } from './start/progress.ts';
import { passesOf, sum, type TestSummary } from './test-passes.ts';

const USAGE = 'Usage: npm run verify -- [--within 1400]';
/** What follows the load of the fault test takes this long on two slow cores: healing, the checkers, the controls. */
const AFTER_LOAD_SECONDS = 150;
/** A shorter load sees too little on any machine. */
const LEAST_LOAD_SECONDS = 240;

/**
 * `npm run verify`: what is too long for `npm test`. Builds, runs the long test files, then the fault test with its controls.
 * With `--within` the load of the fault test ends in time for all to be over after so many seconds. With TEST_SUMMARY_FILE
 * set, the sums are written there as JSON; the fault test counts as one test.
 */
async function main(): Promise<number> {
  const within = withinSeconds();
  await showStep('Build', () => build());
  const file = process.env.TEST_SUMMARY_FILE ?? '';
  const { code, stopped, summary } = await runPasses(passesOf('verify'), { isCounted: file !== '' });
  if (stopped) return code;
  const faults = await runFaultTest(within);
  if (summary !== null) writeFileSync(file, JSON.stringify(sum([summary, asSummary(faults)])));
  return Math.max(code, faults);
}

/** @throws Error when the option is no whole number */
function withinSeconds(): number | null {
  const { within } = parseArgs({ options: { within: { type: 'string' } } }).values;
  if (within === undefined) return null;
  if (/^[1-9]\d{0,5}$/.test(within)) return Number(within);
  throw new Error(`--within is '${within}'; give a whole number of seconds from 1 on.\n${USAGE}`);
}

async function runFaultTest(within: number | null): Promise<number> {
  const args = ['--ci'];
  if (within !== null) {
    const loadUntil = Math.floor(within - process.uptime()) - AFTER_LOAD_SECONDS;
    args.push('--load-until', String(Math.max(loadUntil, LEAST_LOAD_SECONDS)));
  }
  // A process of its own: its schedule counts from its start.
  return (await runNode([join(ROOT, 'tools/chaos.ts'), ...args])).code;
}

function asSummary(code: number): TestSummary {
  return {
    numPassedTests: code === 0 ? 1 : 0,
    numFailedTests: code === 0 ? 0 : 1,
    numRuntimeErrorTestSuites: 0,
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
