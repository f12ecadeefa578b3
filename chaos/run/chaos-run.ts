import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { ALL_CHECKERS } from '../check/all-checkers.ts';
import { lateByTheClock } from '../check/latency.checker.ts';
import { minimalHistory } from '../check/minimal-history.ts';
import type { History } from '../history/operation.interface.ts';
import { readHistory } from '../history/read-history.ts';
import type { Violation } from '../history/violation.interface.ts';
import { commandsAtStart } from '../inject/agent-commands.ts';
import { ALL_FAULTS, leftOutFaults, possibleFaults } from '../nemesis/all-faults.ts';
import type { Fault } from '../nemesis/fault.interface.ts';
import { withRedis } from '../nemesis/redis-session.ts';
import { scheduleComposed, scheduleSingle } from '../nemesis/schedule.ts';
import type { ChaosOptions } from '../options.ts';
import { missingIn } from '../report/missing.ts';
import { summarise } from '../report/summary.ts';
import { toTable } from '../report/summary.table.ts';
import { startSite } from '../site/start-site.ts';
import type { Site } from '../site/site.interface.ts';
import { judge, type Round, runRound } from './round.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Short, so that hot customers let theirs expire while the run lasts. */
export const SITE_ENV = {
  BROADCAST_TIMEOUT_SECONDS: '8',
  // A third of the usual: the wait for quiet after a run includes it.
  RECONCILE_INTERVAL_MS: '10000',
  ...commandsAtStart([{ command: 'switch', name: 'report-heard', on: true }]),
};
const SHOWN_VIOLATIONS = 5;

/** What a run is and stands on, for the reader who repeats it; and what it does without on this machine, a line each. */
export async function describeGround(site: Site, seed: number): Promise<string> {
  const [row] = await site.query<{ version: string }>("SELECT current_setting('server_version') AS version");
  const info = await withRedis(site.key.url, (redis) => redis.info('server'));
  const redis = /^(?:redis|valkey)_version:(\S+)/m.exec(info)?.[1] ?? 'unknown';
  return [
    `seed ${seed}, commit ${commit()}, Node ${process.version}, Postgres ${row!.version}, Redis ${redis}`,
    ...leftOutFaults(),
  ].join('\n');
}

/** One run of load and faults on a site of its own. Prints what it saw. @returns whether nothing was violated */
export async function runOnce(options: ChaosOptions, seed: number): Promise<boolean> {
  const faults = chosenFaults(options.fault);
  const lengthMs = options.seconds * 1000;
  const schedule =
    faults.length === 1
      ? scheduleSingle(seed, lengthMs, faults[0]!)
      : scheduleComposed(seed, lengthMs, faults, options.density);
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
      leastOperations: options.least.operations,
      ...(options.loadUntil !== null && { loadUntilMs: options.loadUntil * 1000 }),
      dir,
      onProgress: (line) => console.log(`  ${line}`),
    });
    if (round.violations.length > 0) keepLogs(site, dir);
    return report(round, options, seed, dir);
  } finally {
    await site.stop();
  }
}

/** @throws Error with the names when there is no such fault */
export function chosenFaults(name: string | null): readonly Fault[] {
  if (name === null) return possibleFaults();
  const fault = ALL_FAULTS.find((one) => one.name === name);
  if (fault) return [fault];
  throw new Error(`There is no fault '${name}'. There are ${ALL_FAULTS.map((one) => one.name).join(', ')}.`);
}

/** Judges again what an earlier run has recorded, by the checkers of today. @returns whether nothing was violated */
export async function judgeAgain(path: string): Promise<boolean> {
  const { history, complete } = await readHistory(path);
  if (!complete)
    throw new Error(`${path} has no end: that run was stopped before it had healed. Give one that ended.`);
  const { violations, undecided } = judge(history);
  console.log(
    `${history.operations.length} operations, ${history.faults.length} faults, seed ${history.seed}`,
  );
  if (undecided > 0) console.log(`C2 left ${undecided} customers undecided`);
  showVerdicts(history, violations);
  return violations.length === 0;
}

/** What the replicas had to say, for the reader who explains a violation. */
function keepLogs({ replicas }: Site, dir: string): void {
  for (const { name, process: running } of replicas)
    writeFileSync(join(dir, `${name}.log`), (running?.logs() ?? []).join('\n'));
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
  showVerdicts(history, violations);
  const late = lateByTheClock(history).length;
  if (late > 0)
    console.log(
      `  ${late} answers were late by the clock; C7 leaves out when client or process had no processor: the machine has too much to do`,
    );
  if (violations.length > 0)
    console.log(
      `\nhistory: ${dir}/history.jsonl (npm run chaos -- --judge FILE), and the replicas' logs beside it\nreplay:  ${replayOf(options, seed)}`,
    );
  const missing = missingIn(summary, failed.length, options);
  for (const line of missing) console.log(`✗ too little was tried: ${line}`);
  if (missing.length === 0 && summary.operations < options.least.operations)
    console.log(`! the time was up after ${summary.operations} operations of ${options.least.operations}`);
  return violations.length === 0 && missing.length === 0;
}

function showVerdicts(history: History, violations: readonly Violation[]): void {
  for (const [name, { sentence }] of Object.entries(ALL_CHECKERS)) {
    const found = violations.filter(({ checker }) => checker === name).length;
    console.log(
      `${found === 0 ? '✓' : '✗'} ${name} ${sentence}${found === 0 ? '' : `: ${found} violations`}`,
    );
  }
  for (const violation of violations.slice(0, SHOWN_VIOLATIONS))
    console.log(`\n${minimalHistory(history, violation)}`);
}

/** The same schedule and the same load, without controls. */
export function replayOf({ seconds, fault, rate, workers, ci }: ChaosOptions, seed: number): string {
  const only = fault === null ? '' : ` --fault ${fault}`;
  return `npm run chaos --${ci ? ' --ci --controls none' : ''} --seed ${seed} --seconds ${seconds} --rate ${rate} --workers ${workers}${only}`;
}

/** With a mark when the files differ from it. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' (changed since)')
    );
  } catch {
    return 'unknown'; // an archive without its repository
  }
}
