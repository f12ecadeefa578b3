import { join, resolve } from 'node:path';

import { ALL_CONTROLS } from '../controls/all-controls.ts';
import type { Control } from '../controls/control.interface.ts';
import { ALL_FAULTS } from '../nemesis/all-faults.ts';
import {
  type Schedule,
  type ScheduleDensity,
  scheduleComposed,
  scheduleSingle,
} from '../nemesis/schedule.ts';
import type { ChaosOptions } from '../options.ts';
import { makeMigratedCluster, type MigratedCluster } from '../site/migrated-cluster.ts';
import { startSite } from '../site/start-site.ts';
import { SITE_ENV } from './chaos-run.ts';
import { runRound } from './round.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Lengths of the tries, seconds: most parts are missed within the first; under 60 s in all is what they have. */
const TRIES_SECONDS = [8, 20, 30] as const;

/** A control's site has half the services of a run's, and much of its time goes by with starting and waiting for quiet. */
const AT_ONCE = 3;

/** A part that is out keeps things from ever coming right; a healthy site needs less than this when nothing is repaired late. */
const QUIET_LIMIT_MS = 3000;
/** More than a customer may have to wait; a customer who is locked out stays so. */
const PROBE_LIMIT_MS = 3000;
/** Without the part it is most customers or none. */
const MOST_PROBES = 48;

/** @throws Error with the names when there is no such control */
export function chosenControls(name: string): readonly Control[] {
  if (name === 'none') return [];
  if (name === 'all') return ALL_CONTROLS;
  const control = ALL_CONTROLS.find((one) => one.name === name);
  if (control) return [control];
  throw new Error(
    `There is no control '${name}'. There are ${ALL_CONTROLS.map((one) => one.name).join(', ')}.`,
  );
}

/**
 * Runs the product without one part or another, {@link AT_ONCE} of them side by side on sites of their own; each has to turn its
 * checker red. Prints a line for each.
 *
 * @returns whether all were found
 */
export async function runControls(options: ChaosOptions, seed: number): Promise<boolean> {
  const waiting = [...chosenControls(options.controls)];
  if (waiting.length === 0) return true;
  const cluster = await makeMigratedCluster();
  let all = true;
  const lane = async (): Promise<void> => {
    for (let control = waiting.shift(); control; control = waiting.shift()) {
      const found = await runControl(control, options, { seed, cluster });
      console.log(`${found ? '✓' : '✗'} without it: ${control.sentence}: ${found ?? 'NOT FOUND'}`);
      all &&= found !== null;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  cluster.remove();
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason as Error;
  return all;
}

async function runControl(
  control: Control,
  options: ChaosOptions,
  { seed, cluster }: { readonly seed: number; readonly cluster: MigratedCluster },
): Promise<string | null> {
  let spent = 0;
  for (const [index, seconds] of TRIES_SECONDS.entries()) {
    const site = await startSite({ replicas: 1, env: { ...SITE_ENV, ...control.env }, cluster });
    try {
      await control.prepare(site);
      const { violations } = await runRound(site, {
        seed: seed + index,
        schedule: scheduleOf(control, seed + index, seconds * 1000),
        faults: ALL_FAULTS,
        ratePerSecond: options.rate,
        workers: options.workers,
        dir: join(ROOT, '.data', 'chaos', `${seed}-${control.name}`),
        onProgress: () => undefined,
        quietLimitMs: QUIET_LIMIT_MS,
        probeLimitMs: PROBE_LIMIT_MS,
        mostProbes: MOST_PROBES,
      });
      spent += seconds;
      const red = violations.filter(({ checker }) => control.expected.includes(checker));
      if (red.length > 0) return `${red.length} violations of ${red[0]!.checker} within ${spent} s`;
    } finally {
      await site.stop();
    }
  }
  return null;
}

function scheduleOf({ faults }: Control, seed: number, lengthMs: number): Schedule {
  const chosen = ALL_FAULTS.filter(({ name }) => faults.includes(name));
  const [first] = chosen;
  if (!first) return { seed, mode: 'single', lengthMs, faults: [{ ...QUIET, atMs: lengthMs }] };
  return new Set(chosen.map(({ subject }) => subject)).size > 1
    ? scheduleComposed(seed, lengthMs, chosen, CLOSE)
    : scheduleSingle(seed, lengthMs, first);
}

/** What a control's faults do they do at their begins and ends, of which a try of eight seconds needs several. */
const CLOSE: ScheduleDensity = { mostPauseMs: 1000, inTurn: 'fault', lengthPart: 0.1 };

/** A fault that changes nothing, at the end: the load lasts as long as the schedule. */
const QUIET = { fault: 'redis-client-kill', durationMs: 10, seed: 0 } as const;
