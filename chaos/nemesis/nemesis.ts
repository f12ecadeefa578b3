import { setTimeout as wait } from 'node:timers/promises';

import type { FaultRecord } from '../history/operation.interface.ts';
import { seededRandom } from '../random.ts';
import { nowMs } from '../site/run-clock.ts';
import type { Site } from '../site/site.interface.ts';
import type { Fault, Undo } from './fault.interface.ts';
import type { Schedule, ScheduledFault } from './schedule.ts';

/** What became of one fault of the schedule. */
export interface FaultEnd extends FaultRecord {
  /** What was seen while it was on. */
  readonly seen: string | null;
  /** Why it could not be applied, or undone; null when it could. */
  readonly failure: string | null;
}

export interface NemesisOptions {
  readonly faults: readonly Fault[];
  /** Told of each fault when it is over, also of those that could not be applied. */
  readonly onFault?: (end: FaultEnd) => void;
  /** A line for the person who watches. */
  readonly onProgress?: (line: string) => void;
  /** Ends the run early: what is on is undone, the rest is left out. */
  readonly signal?: AbortSignal;
}

export interface NemesisReport {
  readonly ends: readonly FaultEnd[];
  /** When everything was undone, on the run's clock. */
  readonly healedAtMs: number;
}

/** A replica that starts on a busy machine takes seconds; much longer, and it will not. */
const STEP_LIMIT_MS = 60_000;

/**
 * Carries out a schedule. A fault that cannot be applied, or undone, is recorded as such, and the schedule goes on. Resolves
 * when every fault is undone and the site is healed.
 *
 * @throws Error before it begins when the schedule names a fault that is not among those given; or when the site cannot be
 *   healed
 */
export async function runNemesis(
  site: Site,
  schedule: Schedule,
  options: NemesisOptions,
): Promise<NemesisReport> {
  const known = new Map(options.faults.map((fault) => [fault.name, fault]));
  const planned = schedule.faults.map((scheduled) => {
    const fault = known.get(scheduled.fault);
    if (!fault)
      throw new Error(`There is no fault '${scheduled.fault}'; there are ${[...known.keys()].join(', ')}.`);
    return { scheduled, fault };
  });
  const startedAtMs = nowMs();
  const ends = await Promise.all(
    planned.map(async ({ scheduled, fault }): Promise<FaultEnd | null> => {
      await sleep(startedAtMs + scheduled.atMs - nowMs(), options.signal);
      if (options.signal?.aborted) return null;
      const end = await carryOut(site, fault, scheduled, options.signal);
      options.onFault?.(end);
      options.onProgress?.(describe(end, startedAtMs));
      return end;
    }),
  );
  await site.heal();
  return { ends: ends.filter((end) => end !== null), healedAtMs: nowMs() };
}

async function carryOut(
  site: Site,
  fault: Fault,
  { durationMs, seed }: ScheduledFault,
  signal: AbortSignal | undefined,
): Promise<FaultEnd> {
  const random = seededRandom(seed);
  const startedAtMs = nowMs();
  let target = 'unknown';
  let seen: string | null = null;
  let failure: string | null = null;
  try {
    target = fault.target(site, random);
    const undo = await limited(applyOf(fault, site, target, random), 'apply');
    await sleep(durationMs, signal);
    seen = await limited(undo(), 'undo');
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return { fault: fault.name, target, startedAtMs, endedAtMs: nowMs(), seen, failure };
}

/** One that is on only after the limit is undone at once: the run no longer waits for it. */
function applyOf(
  fault: Fault,
  site: Site,
  target: string,
  random: Parameters<Fault['apply']>[2],
): Promise<Undo> {
  const applied = fault.apply(site, target, random);
  const dueAtMs = nowMs() + STEP_LIMIT_MS;
  applied.then((undo) => (nowMs() >= dueAtMs ? undo() : null)).catch(() => undefined);
  return applied;
}

async function limited<T>(step: Promise<T>, name: string): Promise<T> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      step,
      wait(STEP_LIMIT_MS, undefined, { signal: ended.signal }).then(() => {
        throw new Error(`${name}: not done within ${STEP_LIMIT_MS / 1000} s`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms > 0) await wait(ms, undefined, signal && { signal }).catch(() => undefined); // ended early
}

function describe(
  { fault, target, startedAtMs, endedAtMs, seen, failure }: FaultEnd,
  runStartedAtMs: number,
): string {
  const at = ((startedAtMs - runStartedAtMs) / 1000).toFixed(1);
  const lasted = ((endedAtMs - startedAtMs) / 1000).toFixed(1);
  const more = failure === null ? (seen ?? '') : `FAILED: ${failure}`;
  return `${at.padStart(8)} s  ${fault} on ${target} for ${lasted} s${more === '' ? '' : ` (${more})`}`;
}
