import { expect, it } from '@jest/globals';

import { ALL_FAULTS } from '../nemesis/all-faults.ts';
import { ALL_CONTROLS } from './all-controls.ts';

// That each turns its checker red is shown by the fault test itself, which runs them all: `npm run chaos -- --ci`.
it('the positive controls name faults that exist', () => {
  const names = new Set(ALL_FAULTS.map(({ name }) => name));
  expect(ALL_CONTROLS.flatMap(({ faults }) => faults).filter((name) => !names.has(name))).toEqual([]);
});
