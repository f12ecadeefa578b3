import { describe, expect, it } from '@jest/globals';

import { ALL_FAULTS } from '../nemesis/all-faults.ts';
import { missingIn } from './missing.ts';
import type { FaultSummary } from './summary.ts';

const least = { operations: 50_000, faults: 100, kinds: 10 };
/** Each fault of the matrix, twice. */
const faults: readonly FaultSummary[] = ALL_FAULTS.map(({ name }) => ({
  fault: name,
  times: 2,
  operations: 0,
  unknown: 0,
  latency: null,
  recoveryMs: null,
}));

describe('what a run did not see', () => {
  it.each([
    ['nothing, with enough of all', 50_000, null, []],
    ['an operation', 49_999, null, ['49999 operations, 50000 are wanted']],
    ['nothing, with half of the operations when the time was up', 25_000, 1630, []],
    ['half of the operations', 24_999, 1630, ['24999 operations, 25000 are wanted']],
  ])('is %s', (_, operations, loadUntil, lines) => {
    expect(missingIn({ operations, faults }, 0, { least, loadUntil })).toEqual(lines);
  });

  it('is faults, however the load ended: those that could not be injected do not count', () => {
    const all = faults.length * 2;
    const missing = missingIn({ operations: 25_000, faults }, all - 99, { least, loadUntil: 1630 });
    expect(missing).toEqual(['99 faults, 100 are wanted']);
  });

  it('is kinds', () => {
    const one = [{ ...faults[0]!, times: 200 }];
    expect(missingIn({ operations: 50_000, faults: one }, 0, { least, loadUntil: null })).toEqual([
      '1 kinds, 10 are wanted',
    ]);
  });
});
