import { parseArgs } from 'node:util';

/** What a run of the benchmark is asked to do. */
export interface BenchOptions {
  readonly action: 'run' | 'list' | 'help';
  /** Names of experiments; empty: all. */
  readonly only: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
  /** Folder of `latest.json` and `latest.svg`; null: `bench/results`, and `.data/bench` for a quick run. */
  readonly results: string | null;
}

export const USAGE = `npm run bench -- [options]

  --only http,cost   only these experiments; the figures of the others stay in the results (memory runs only when named)
  --rounds 5         turns of each contender; they alternate
  --quick            smaller sizes, to see that it works; its results go to .data/bench
  --results folder   where latest.json and latest.svg are written
  --list             the experiments`;

/** @throws Error that names the option, its fault and the remedy */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      results: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (!/^[1-9]\d{0,2}$/.test(values.rounds)) {
    throw new Error(`--rounds is '${values.rounds}'; give a whole number from 1 to 999.`);
  }
  return {
    action: values.help ? 'help' : values.list ? 'list' : 'run',
    only: values.only === undefined ? [] : values.only.split(',').map((name) => name.trim()),
    rounds: Number(values.rounds),
    quick: values.quick,
    results: values.results ?? null,
  };
}
