import { seededRandom, type SeededRandom } from '../random.ts';
import type { Fault } from './fault.interface.ts';

/** One fault of a run. Its target, and all else that it chooses, follows from its seed. */
export interface ScheduledFault {
  /** From the beginning of the run. */
  readonly atMs: number;
  readonly fault: string;
  readonly durationMs: number;
  readonly seed: number;
}

/** The faults of a run, in the order of their beginnings. Data: the same schedule breaks the same things again. */
export interface Schedule {
  readonly seed: number;
  readonly mode: 'single' | 'composed';
  readonly lengthMs: number;
  readonly faults: readonly ScheduledFault[];
}

type Schedulable = Pick<Fault, 'name' | 'subject' | 'lastsMs'>;

/** The site shall be well for a while in between, or nothing is ever seen to recover. */
const PAUSE_MS = { least: 500, most: 3000 };
const MOST_AT_ONCE = 3;

/**
 * One fault again and again, with pauses, until the length is used up. Nothing is on at the end.
 *
 * @returns without faults when the length is too short for one
 */
export function scheduleSingle(seed: number, lengthMs: number, fault: Schedulable): Schedule {
  const random = seededRandom(seed);
  const faults: ScheduledFault[] = [];
  let atMs = pauseOf(random);
  for (;;) {
    const next = { atMs, fault: fault.name, durationMs: durationOf(fault, random), seed: seedOf(random) };
    if (next.atMs + next.durationMs > lengthMs) return { seed, mode: 'single', lengthMs, faults };
    faults.push(next);
    atMs = next.atMs + next.durationMs + pauseOf(random);
  }
}

/**
 * Groups of two or three faults of different subjects that are on at the same time, begun one shortly after the other, with
 * pauses between the groups. Every fault has its turn before one comes again.
 *
 * @throws Error when there are not two faults of different subjects
 */
export function scheduleComposed(seed: number, lengthMs: number, from: readonly Schedulable[]): Schedule {
  if (new Set(from.map(({ subject }) => subject)).size < 2)
    throw new Error('A composed schedule needs faults of two subjects at least.');
  const random = seededRandom(seed);
  const faults: ScheduledFault[] = [];
  let waiting: Schedulable[] = [];
  let startMs = pauseOf(random);
  for (;;) {
    const count = 2 + random.int(MOST_AT_ONCE - 1);
    const group: Schedulable[] = [];
    while (group.length < count) {
      const next = takeFrom(waiting, group, random);
      if (next) group.push(next);
      else if (group.length >= 2) break;
      else
        waiting = [...waiting, ...from.filter((fault) => !waiting.includes(fault) && !group.includes(fault))];
    }
    const scheduled = group.map((fault, index) => {
      const durationMs = durationOf(fault, random);
      // Later ones begin while the first is still on.
      const atMs = startMs + (index === 0 ? 0 : random.int(Math.min(1000, durationOf(group[0]!, random))));
      return { atMs, fault: fault.name, durationMs, seed: seedOf(random) };
    });
    const endMs = Math.max(...scheduled.map(({ atMs, durationMs }) => atMs + durationMs));
    if (endMs > lengthMs) {
      return { seed, mode: 'composed', lengthMs, faults: faults.sort((a, b) => a.atMs - b.atMs) };
    }
    faults.push(...scheduled);
    startMs = endMs + pauseOf(random);
  }
}

/** For a report, one fault a line. */
export function printSchedule({ seed, mode, lengthMs, faults }: Schedule): string {
  const lines = faults.map(
    ({ atMs, fault, durationMs }) =>
      `${(atMs / 1000).toFixed(1).padStart(8)} s  ${fault.padEnd(36)} ${(durationMs / 1000).toFixed(1)} s`,
  );
  return [`${mode}, seed ${seed}, ${(lengthMs / 1000).toFixed(0)} s, ${faults.length} faults`, ...lines].join(
    '\n',
  );
}

/** Takes out one whose subject is free; null when there is none. */
function takeFrom(
  waiting: Schedulable[],
  group: readonly Schedulable[],
  random: SeededRandom,
): Schedulable | null {
  const fitting = waiting.filter(({ subject }) => !group.some((other) => other.subject === subject));
  if (fitting.length === 0) return null;
  const chosen = random.pick(fitting);
  waiting.splice(waiting.indexOf(chosen), 1);
  return chosen;
}

function durationOf({ lastsMs: [least, most] }: Schedulable, random: SeededRandom): number {
  return least + random.int(most - least + 1);
}

function pauseOf(random: SeededRandom): number {
  return PAUSE_MS.least + random.int(PAUSE_MS.most - PAUSE_MS.least + 1);
}

function seedOf(random: SeededRandom): number {
  return random.int(2 ** 32);
}
