import { parseArgs } from 'node:util';

import type { ScheduleDensity } from './nemesis/schedule.ts';

/** What a run is asked to do. */
export interface ChaosOptions {
  /** Length of the load, seconds. */
  readonly seconds: number;
  readonly seed: number;
  /** Only this fault, again and again; null: composed at random. */
  readonly fault: string | null;
  /** Operations that are due in a second, over all workers. */
  readonly rate: number;
  readonly workers: number;
  /** The positive controls after the run, or only one of them, or none. */
  readonly controls: string;
  /** Rounds of `seconds` each, with seeds that follow each other, until they are done; goes on where it was stopped. */
  readonly campaign: boolean;
  readonly rounds: number;
  /** Dense, and red when it saw less than {@link least}. */
  readonly ci: boolean;
  readonly density: ScheduleDensity;
  /** The load ends by then at the latest, seconds from the start of the process; null: when it has seen enough. */
  readonly loadUntil: number | null;
  /** A run that saw less has shown too little, and is red; of operations, half of it when {@link loadUntil} has ended the load. */
  readonly least: { readonly operations: number; readonly faults: number; readonly kinds: number };
  /** Only judge this history, of an earlier run; null: run. */
  readonly judge: string | null;
}

export const USAGE = `npm run chaos -- [options]

  --seconds 60        how long the load runs
  --seed 42           the same seed gives the same load and the same schedule of faults
  --fault redis-kill  only this fault; --fault list shows them all
  --rate 200          operations a second
  --workers 64        how many of them may be under way
  --controls all      also take parts out and see the checkers go red: all, none, or the name of one
  --campaign          many rounds, for hours; goes on after an interruption
  --rounds 20         of a campaign
  --load-until 900    ends the load by then, seconds from the start, also when it has seen only half of what --ci wants
  --judge FILE        no run: let the checkers look at a history.jsonl of an earlier one
  --ci                composed, dense, with all controls; red as well when it saw too little`;

const DEFAULTS = { seconds: 60, rate: 200, workers: 64, rounds: 20 } as const;
const SPARSE = { mostPauseMs: 3000, inTurn: 'fault', lengthPart: 1 } as const;
/**
 * The seed is one whose schedule has every kind of fault, and many of them. While they are on, two slow cores do some 70
 * operations a second whatever is asked; once all is well, as many as they can: 170 to 300.
 */
const CI = { ...DEFAULTS, seconds: 117, rate: 450, seed: 113654 } as const;
/**
 * By kind: a third of all faults kill a service, and one that has just started costs ten times as much as one that has run. Short:
 * most of what a fault does it does at its begin and its end; the runs by hand have longer ones.
 */
const DENSE = { mostPauseMs: 1000, inTurn: 'kind', lengthPart: 0.1 } as const;
const LEAST = { operations: 1, faults: 0, kinds: 0 } as const;
const LEAST_CI = { operations: 50_000, faults: 100, kinds: 10 } as const;

/** @throws Error that names the option, its fault and the remedy */
export function parseOptions(args: readonly string[]): ChaosOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      seed: { type: 'string' },
      fault: { type: 'string' },
      rate: { type: 'string' },
      workers: { type: 'string' },
      rounds: { type: 'string' },
      controls: { type: 'string' },
      'load-until': { type: 'string' },
      judge: { type: 'string' },
      campaign: { type: 'boolean', default: false },
      ci: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const numbers = values.ci ? CI : DEFAULTS;
  const until = values['load-until'];
  const number = (name: 'seconds' | 'rate' | 'workers' | 'rounds'): number =>
    values[name] === undefined ? numbers[name] : wholeNumber(name, values[name]);
  return {
    seconds: number('seconds'),
    seed: values.seed === undefined ? seedOf(values.ci) : wholeNumber('seed', values.seed, 0),
    fault: values.fault ?? null,
    rate: number('rate'),
    workers: number('workers'),
    controls: values.controls ?? (values.ci ? 'all' : 'none'),
    campaign: values.campaign,
    rounds: number('rounds'),
    ci: values.ci,
    density: values.ci ? DENSE : SPARSE,
    least: values.ci ? LEAST_CI : LEAST,
    loadUntil: until === undefined ? null : wholeNumber('load-until', until),
    judge: values.judge ?? null,
  };
}

function seedOf(isCi: boolean): number {
  return isCi ? CI.seed : Math.floor(Math.random() * 2 ** 31);
}

function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= least) return value;
  throw new Error(`--${name} is '${text}'; give a whole number from ${least} on.`);
}
