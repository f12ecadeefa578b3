import { describe, expect, it } from '@jest/globals';
import { globSync } from 'node:fs';

import { ROOT } from './paths.ts';
import { ALONE, passesOf, sum } from './test-passes.ts';

describe('the passes of the suite', () => {
  it('leave out of the first what the second has, and nothing else', () => {
    const [together, alone] = passesOf([]);
    expect(alone).toEqual(['--runInBand', ...ALONE]);
    const leftOut = together!.slice(together!.indexOf('--testPathIgnorePatterns') + 1);
    expect(leftOut).toEqual(['/node_modules/', '/dist/', ...ALONE]);
  });

  it.each(ALONE)('find something at %s', (part) => {
    const files = globSync(`${part}*.{spec,int-spec,e2e-spec}.ts`, { cwd: ROOT });
    expect(files.length).toBeGreaterThan(0);
  });

  it('are one when a part is asked for, with the options that were given', () => {
    expect(passesOf(['p03', '--runInBand'])).toEqual([['p03', '--runInBand']]);
  });

  it('are counted together', () => {
    const one = { numPassedTests: 3, numFailedTests: 1, numRuntimeErrorTestSuites: 0 };
    const other = { numPassedTests: 2, numFailedTests: 0, numRuntimeErrorTestSuites: 1 };
    expect(sum([one, other])).toEqual({
      numPassedTests: 5,
      numFailedTests: 1,
      numRuntimeErrorTestSuites: 1,
    });
  });
});
