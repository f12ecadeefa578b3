import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { ALL_CHECKERS } from '../check/all-checkers.ts';
import { checkSlotHistory } from '../check/slot-history.checker.ts';
import { recordHeardEvents } from '../history/heard-events.ts';
import { HistoryRecorder } from '../history/history.recorder.ts';
import type { FaultRecord, History } from '../history/operation.interface.ts';
import type { Violation } from '../history/violation.interface.ts';
import { startLoad } from '../load/start-load.ts';
import { runNemesis, type FaultEnd } from '../nemesis/nemesis.ts';
import type { Schedule } from '../nemesis/schedule.ts';
import type { Fault } from '../nemesis/fault.interface.ts';
import { collectEnd } from '../observe/end-state.ts';
import { probeCustomers } from '../observe/probe.ts';
import { watchSnapshots } from '../observe/snapshot-watch.ts';
import { watchStalls } from '../observe/stall-watch.ts';
import { nowMs } from '../site/run-clock.ts';
import type { Site } from '../site/site.interface.ts';
import { QUIET_LIMIT_MS, settle } from './settle.ts';

/** After the last fault: what comes back by itself must be seen to come back under load. */
const LOAD_AFTER_HEALING_MS = 2_000;
/** A slower machine is given so much longer to see as much; what it then lacks is reported. */
const MOST_LOAD_AFTER_HEALING_MS = 420_000;
const PROGRESS_MS = 5_000;

export interface RoundOptions {
  readonly seed: number;
  readonly schedule: Schedule;
  readonly faults: readonly Fault[];
  readonly ratePerSecond: number;
  readonly workers: number;
  /** For the history; made when it is missing. */
  readonly dir: string;
  readonly onProgress: (line: string) => void;
  /** The load goes on after the last fault until it has done so much, but not for ever. @default 0 */
  readonly leastOperations?: number;
  /** When it ends at the latest, on the run's clock; faults are carried out all the same. @default 7 min after the last fault */
  readonly loadUntilMs?: number;
  /** How long events and keys may not come closer to right. @default 15 s: a comparison of all keys comes only every 10 s */
  readonly quietLimitMs?: number;
  /** How long a customer may try to create again. @default 12 s: a lock may live for 10 s */
  readonly probeLimitMs?: number;
  /** How many customers are asked to create again. @default all */
  readonly mostProbes?: number;
}

export interface Round {
  readonly history: History;
  readonly violations: readonly Violation[];
  /** Faults that could not be applied or undone. */
  readonly failed: readonly FaultEnd[];
  readonly looks: number;
  /** Customers whose history was too tangled to be decided by C2. */
  readonly undecided: number;
}

/** Load and faults on a site that has just been started, then healing, quiet, and the judgement over what was seen. */
export async function runRound(site: Site, options: RoundOptions): Promise<Round> {
  const { seed, schedule, onProgress } = options;
  mkdirSync(options.dir, { recursive: true });
  const recorder = new HistoryRecorder(join(options.dir, 'history.jsonl'), seed);
  const heard = recordHeardEvents(site);
  const watch = watchSnapshots(site, (snapshot) => recorder.snapshot(snapshot));
  const stalls = watchStalls(site.replicas);
  const load = startLoad(site, recorder, {
    seed,
    ratePerSecond: options.ratePerSecond,
    workers: options.workers,
  });
  const failed: FaultEnd[] = [];
  let injected = 0;
  const progress = setInterval(() => {
    const { waiting } = load.progress();
    const unknown = recorder.operations.filter(({ outcome }) => outcome === 'info').length;
    onProgress(
      `${recorder.count} operations (${unknown} unknown, ${waiting} waiting), ${injected} faults, ${watch.counts().looks} looks`,
    );
  }, PROGRESS_MS);
  try {
    const { healedAtMs } = await runNemesis(site, schedule, {
      faults: options.faults,
      onFault: (end) => {
        if (end.failure !== null) failed.push(end);
        else injected += 1;
        recorder.fault(recordOf(end));
      },
    });
    await pause(LOAD_AFTER_HEALING_MS);
    await untilEnough(recorder, options);
    await load.stop();
    onProgress('healed; waiting for quiet');
    await settle(site, options.quietLimitMs ?? QUIET_LIMIT_MS, onProgress);
    const { looks } = await watch.stop();
    const end = await collectEnd(site);
    const probes = await probeCustomers(
      site,
      load.hotCustomers.slice(0, options.mostProbes),
      options.probeLimitMs,
    );
    const history = await recorder.end({
      ...end,
      heard: [...heard.ids],
      probes,
      healedAtMs,
      stalls: stalls.stop(),
    });
    onProgress(`judging ${history.operations.length} operations`);
    const startedAtMs = nowMs();
    const { violations, undecided } = judge(history);
    onProgress(`judged in ${((nowMs() - startedAtMs) / 1000).toFixed(1)} s`);
    return {
      history,
      violations: [...violations, ...emptiness(looks, probes.length)],
      failed,
      looks,
      undecided,
    };
  } finally {
    clearInterval(progress);
    heard.stop();
    stalls.stop();
    await load.stop();
    await watch.stop();
  }
}

/** What the checkers say, and for how many customers C2 could not say it. Pure. */
export function judge(history: History): Pick<Round, 'violations' | 'undecided'> {
  const { C2: _slots, ...others } = ALL_CHECKERS;
  const { violations, undecided } = checkSlotHistory(history);
  return {
    violations: [...Object.values(others).flatMap(({ check }) => check(history)), ...violations],
    undecided,
  };
}

/** A checker that had nothing to look at has shown nothing. */
function emptiness(looks: number, probes: number): Violation[] {
  const missing = [...(looks === 0 ? ['C1'] : []), ...(probes === 0 ? ['C8'] : [])] as ('C1' | 'C8')[];
  return missing.map((checker) => ({
    checker,
    customerId: null,
    atMs: null,
    message: 'there was nothing to look at',
  }));
}

function recordOf({ fault, target, startedAtMs, endedAtMs }: FaultEnd): FaultRecord {
  return { fault, target, startedAtMs, endedAtMs };
}

async function untilEnough(
  recorder: HistoryRecorder,
  { leastOperations = 0, loadUntilMs = nowMs() + MOST_LOAD_AFTER_HEALING_MS }: RoundOptions,
): Promise<void> {
  while (recorder.count < leastOperations && nowMs() < loadUntilMs) await pause(250);
}
