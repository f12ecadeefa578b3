import { seededRandom, type SeededRandom } from '../random.ts';
import { type InTurn, type Schedulable, Turns } from './turns.ts';

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

/** How closely faults follow each other, and what has its turn. */
export interface ScheduleDensity {
  /** The longest pause between two spells; a shorter one leaves less time to recover and more for faults. */
  readonly mostPauseMs: number;
  readonly inTurn: InTurn;
  /** How much of the span between its shortest and its longest a fault may last, 0 to 1. */
  readonly lengthPart: number;
}

/** The site shall be well for a while in between, or nothing is ever seen to recover. */
const PAUSE_MS = { least: 500, most: 3000 };
const SPARSE: ScheduleDensity = { mostPauseMs: PAUSE_MS.most, inTurn: 'fault', lengthPart: 1 };
const MOST_AT_ONCE = 3;
/** Between the undo of one fault and the begin of the next in its row. */
const BETWEEN_MS = 200;
/** A row ends when less is left of the spell: most faults last longer. */
const SHORTEST_MS = 1000;

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
 * Spells in which two or three faults of different subjects are on at the same time, with pauses in between. The first fault
 * gives a spell its length; what is on beside it is followed by another one as long as one fits.
 *
 * @throws Error when there are not two faults of different subjects
 */
export function scheduleComposed(
  seed: number,
  lengthMs: number,
  from: readonly Schedulable[],
  { mostPauseMs, inTurn, lengthPart }: ScheduleDensity = SPARSE,
): Schedule {
  if (new Set(from.map(({ subject }) => subject)).size < 2)
    throw new Error('A composed schedule needs faults of two subjects at least.');
  const random = seededRandom(seed);
  const turns = new Turns(from, inTurn, random);
  const faults: ScheduledFault[] = [];
  let startMs = pauseOf(random, mostPauseMs);
  for (;;) {
    const spell = spellOf(turns, startMs, { random, lengthPart });
    const endMs = Math.max(...spell.map(({ atMs, durationMs }) => atMs + durationMs));
    if (endMs > lengthMs)
      return { seed, mode: 'composed', lengthMs, faults: faults.sort((a, b) => a.atMs - b.atMs) };
    faults.push(...spell);
    startMs = endMs + pauseOf(random, mostPauseMs);
  }
}

/** The faults of one spell: a row of one, and one or two rows beside it. */
function spellOf(
  turns: Turns,
  startMs: number,
  { random, lengthPart }: { readonly random: SeededRandom; readonly lengthPart: number },
): ScheduledFault[] {
  const rows = 2 + random.int(MOST_AT_ONCE - 1);
  const first = turns.take([])!;
  const taken = [first];
  const lengthMs = durationOf(first, random, lengthPart);
  const spell = [{ atMs: startMs, fault: first.name, durationMs: lengthMs, seed: seedOf(random) }];
  for (let row = 1; row < rows; row += 1) {
    // It begins while the first is still on.
    let atMs = startMs + random.int(Math.min(1000, lengthMs));
    for (;;) {
      const next = turns.take(taken);
      if (!next) break;
      const durationMs = durationOf(next, random, lengthPart);
      taken.push(next);
      spell.push({ atMs, fault: next.name, durationMs, seed: seedOf(random) });
      atMs += durationMs + BETWEEN_MS;
      if (atMs + SHORTEST_MS > startMs + lengthMs) break;
    }
  }
  return spell;
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

function durationOf({ lastsMs: [least, most] }: Schedulable, random: SeededRandom, part = 1): number {
  return least + random.int(Math.round((most - least) * part) + 1);
}

function pauseOf(random: SeededRandom, mostMs = PAUSE_MS.most): number {
  return PAUSE_MS.least + random.int(mostMs - PAUSE_MS.least + 1);
}

function seedOf(random: SeededRandom): number {
  return random.int(2 ** 32);
}
