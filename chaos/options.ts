import { parseArgs } from 'node:util';

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
  --ci                250 s composed, and all controls`;

const DEFAULTS = { seconds: 60, rate: 200, workers: 64, rounds: 20 } as const;
const CI = { seconds: 250, rate: 215 } as const;

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
      campaign: { type: 'boolean', default: false },
      ci: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const numbers = { ...DEFAULTS, ...(values.ci ? CI : {}) };
  const number = (name: 'seconds' | 'rate' | 'workers' | 'rounds'): number =>
    values[name] === undefined ? numbers[name] : wholeNumber(name, values[name]);
  return {
    seconds: number('seconds'),
    seed:
      values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('seed', values.seed, 0),
    fault: values.fault ?? null,
    rate: number('rate'),
    workers: number('workers'),
    controls: values.controls ?? (values.ci ? 'all' : 'none'),
    campaign: values.campaign,
    rounds: number('rounds'),
  };
}

function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= least) return value;
  throw new Error(`--${name} is '${text}'; give a whole number from ${least} on.`);
}
