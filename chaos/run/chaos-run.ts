import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

import { ALL_CHECKERS } from '../check/all-checkers.ts';
import { minimalHistory } from '../check/minimal-history.ts';
import type { Violation } from '../history/violation.interface.ts';
import { commandsAtStart } from '../inject/agent-commands.ts';
import { ALL_FAULTS } from '../nemesis/all-faults.ts';
import type { Fault } from '../nemesis/fault.interface.ts';
import { scheduleComposed, scheduleSingle } from '../nemesis/schedule.ts';
import type { ChaosOptions } from '../options.ts';
import { summarise } from '../report/summary.ts';
import { toTable } from '../report/summary.table.ts';
import { startSite } from '../site/start-site.ts';
import type { Site } from '../site/site.interface.ts';
import { type Round, runRound } from './round.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Short, so that hot customers let theirs expire while the run lasts. */
export const SITE_ENV = {
  BROADCAST_TIMEOUT_SECONDS: '8',
  ...commandsAtStart([{ command: 'switch', name: 'report-heard', on: true }]),
};
const SHOWN_VIOLATIONS = 5;

/** What a run is and stands on, for whoever repeats it. */
export async function describeGround(site: Site, seed: number): Promise<string> {
  const [row] = await site.query<{ version: string }>("SELECT current_setting('server_version') AS version");
  return `seed ${seed}, commit ${commit()}, Node ${process.version}, Postgres ${row!.version}`;
}

/** One run of load and faults on a site of its own. Prints what it saw. @returns whether nothing was violated */
export async function runOnce(options: ChaosOptions, seed: number): Promise<boolean> {
  const faults = chosenFaults(options.fault);
  const lengthMs = options.seconds * 1000;
  const schedule =
    faults.length === 1
      ? scheduleSingle(seed, lengthMs, faults[0]!)
      : scheduleComposed(seed, lengthMs, faults);
  console.log(
    `${schedule.faults.length} faults in ${options.seconds} s, ${options.rate} operations a second`,
  );
  const site = await startSite({ env: SITE_ENV });
  try {
    console.log(await describeGround(site, seed));
    const dir = join(ROOT, '.data', 'chaos', String(seed));
    const round = await runRound(site, {
      seed,
      schedule,
      faults,
      ratePerSecond: options.rate,
      workers: options.workers,
      dir,
      onProgress: (line) => console.log(`  ${line}`),
    });
    return report(round, options, seed, dir);
  } finally {
    await site.stop();
  }
}

/** @throws Error with the names when there is no such fault */
export function chosenFaults(name: string | null): readonly Fault[] {
  if (name === null) return ALL_FAULTS;
  const fault = ALL_FAULTS.find((one) => one.name === name);
  if (fault) return [fault];
  throw new Error(`There is no fault '${name}'. There are ${ALL_FAULTS.map((one) => one.name).join(', ')}.`);
}

function report(round: Round, options: ChaosOptions, seed: number, dir: string): boolean {
  const { history, violations, failed, looks, undecided } = round;
  const summary = summarise(history, violations, looks);
  console.log(`\n${toTable(summary)}\n`);
  console.log(
    `${summary.operations} operations: ${summary.ok} ok, ${summary.fail} refused, ${summary.unknown} unknown; ${looks} looks at the tables`,
  );
  if (undecided > 0) console.log(`C2 left ${undecided} customers undecided`);
  for (const { fault, target, failure } of failed)
    console.log(`not injected: ${fault} on ${target}: ${failure ?? ''}`);
  for (const [name, { sentence }] of Object.entries(ALL_CHECKERS)) {
    const found = violations.filter(({ checker }) => checker === name).length;
    console.log(
      `${found === 0 ? '✓' : '✗'} ${name} ${sentence}${found === 0 ? '' : `: ${found} violations`}`,
    );
  }
  showViolations(round, violations);
  if (violations.length > 0)
    console.log(`\nhistory: ${dir}/history.jsonl\nreplay:  ${replayOf(options, seed)}`);
  return violations.length === 0;
}

function showViolations({ history }: Round, violations: readonly Violation[]): void {
  for (const violation of violations.slice(0, SHOWN_VIOLATIONS)) {
    console.log(`\n${minimalHistory(history, violation)}`);
  }
}

function replayOf({ seconds, fault, rate, workers }: ChaosOptions, seed: number): string {
  const only = fault === null ? '' : ` --fault ${fault}`;
  return `npm run chaos -- --seed ${seed} --seconds ${seconds} --rate ${rate} --workers ${workers}${only}`;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown'; // an archive without its repository
  }
}
