import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { DATA, ROOT } from '../tools/paths.ts';
import { showStep } from '../tools/start/progress.ts';
import { ALL_EXPERIMENTS } from './all-experiments.ts';
import type { Experiment } from './experiment.interface.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { toChart } from './report/chart.ts';
import { toTable } from './report/figures.table.ts';
import { toLineChart } from './report/line-chart.ts';
import { measured, type MeasuredExperiment, mergeResults } from './report/results.ts';
import { describeSurroundings } from './report/surroundings.ts';
import { createContext } from './site/bench-context.ts';
import { startServers, type StartedServers } from './site/start-servers.ts';

/** `npm run bench`. A missed target is shown and is no failure. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.action === 'help') {
    console.log(USAGE);
    return 0;
  }
  if (options.action === 'list') {
    for (const { name, sentence } of ALL_EXPERIMENTS) console.log(`${name.padEnd(14)} ${sentence}`);
    return 0;
  }
  const chosen = choose(options.only);
  const servers = await showStep('Postgres and four Redis', () => startServers());
  const stopAndEnd = (): void => void servers.stop().finally(() => process.exit(130));
  process.once('SIGINT', stopAndEnd);
  try {
    await runAll(chosen, servers, options);
  } finally {
    process.off('SIGINT', stopAndEnd);
    await servers.stop();
  }
  return 0;
}

function choose(only: readonly string[]): readonly Experiment[] {
  const unknown = only.find((wanted) => !ALL_EXPERIMENTS.some(({ name }) => name === wanted));
  if (unknown !== undefined) throw new Error(`There is no experiment '${unknown}'; see --list.`);
  return ALL_EXPERIMENTS.filter(({ name, takesLong }) =>
    only.length === 0 ? takesLong !== true : only.includes(name),
  );
}

/** Each experiment's figures are written when it ends, so that a later one's failure costs only its own. */
async function runAll(
  chosen: readonly Experiment[],
  servers: StartedServers,
  options: BenchOptions,
): Promise<void> {
  const folder = resolve(
    options.results ?? (options.quick ? join(DATA, 'bench') : join(ROOT, 'bench/results')),
  );
  mkdirSync(folder, { recursive: true });
  const context = createContext(servers, options);
  for (const experiment of chosen) {
    const { name, sentence } = experiment;
    const surroundings = await describeSurroundings(servers);
    const figures = await showStep(name, () => experiment.run(context));
    const result: MeasuredExperiment = {
      ...surroundings,
      sentence,
      quick: options.quick,
      figures: figures.map(measured),
    };
    console.log(`\n${sentence}\n\n${toTable(result.figures)}\n`);
    const results = mergeResults(join(folder, 'latest.json'), { [name]: result });
    writeFileSync(join(folder, 'latest.svg'), toChart(results));
    const lines = toLineChart(results);
    if (lines !== null) writeFileSync(join(folder, 'growth.svg'), lines);
  }
  console.log(`Written: ${join(folder, 'latest.json')} and its charts`);
}
