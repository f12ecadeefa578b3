import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Figure } from '../experiment.interface.ts';
import type { Surroundings } from './surroundings.ts';
import { median } from './statistics.ts';

/** A figure with what the table and the chart show of it. */
export interface MeasuredFigure extends Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Of the median; null without a target. */
  readonly met: boolean | null;
}

/** What one experiment gave, and on what. Experiments of one file may be of different days. */
export interface MeasuredExperiment extends Surroundings {
  readonly sentence: string;
  /** True: the sizes were small, the figures say nothing. */
  readonly quick: boolean;
  readonly figures: readonly MeasuredFigure[];
}

/** `latest.json`. */
export interface Results {
  readonly version: 1;
  readonly experiments: Readonly<Record<string, MeasuredExperiment>>;
}

export function measured(figure: Figure): MeasuredFigure {
  const middle = median(figure.rounds);
  return {
    ...figure,
    median: middle,
    min: Math.min(...figure.rounds),
    max: Math.max(...figure.rounds),
    met: isMet(middle, figure.target),
  };
}

function isMet(value: number, target: Figure['target']): boolean | null {
  if (target === null) return null;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}

/** @returns no experiments when there is no file yet. @throws Error when the file is of another version */
export function readResults(file: string): Results {
  if (!existsSync(file)) return { version: 1, experiments: {} };
  const results = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: unknown };
  if (results.version !== 1) {
    throw new Error(`${file} is of another version of the benchmark: move it away and run again.`);
  }
  return results as Results;
}

/** Replaces the figures of these experiments and keeps those of the others. The file is whole at every moment. */
export function mergeResults(
  file: string,
  experiments: Readonly<Record<string, MeasuredExperiment>>,
): Results {
  const results: Results = { version: 1, experiments: { ...readResults(file).experiments, ...experiments } };
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.draft`;
  writeFileSync(draft, `${JSON.stringify(results, null, 2)}\n`);
  renameSync(draft, file);
  return results;
}
