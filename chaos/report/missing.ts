import { ALL_FAULTS } from '../nemesis/all-faults.ts';
import type { ChaosOptions } from '../options.ts';
import type { Summary } from './summary.ts';

/**
 * What a run should have seen and did not, a line each. Where the load had to end by a given time, half of the operations are
 * enough: a check that must end must not be red for a slow machine. Faults do not depend on its speed.
 *
 * @param failed how many faults could not be injected
 */
export function missingIn(
  { operations, faults }: Pick<Summary, 'operations' | 'faults'>,
  failed: number,
  { least, loadUntil }: Pick<ChaosOptions, 'least' | 'loadUntil'>,
): string[] {
  const injected = faults.reduce((sum, { times }) => sum + times, 0) - failed;
  const kinds = new Set(faults.map(({ fault }) => ALL_FAULTS.find(({ name }) => name === fault)?.matrix));
  const seen = { operations, faults: injected, kinds: kinds.size };
  const wanted = { ...least, operations: loadUntil === null ? least.operations : least.operations / 2 };
  return (['operations', 'faults', 'kinds'] as const)
    .filter((name) => seen[name] < wanted[name])
    .map((name) => `${seen[name]} ${name}, ${wanted[name]} are wanted`);
}
