import { describe, expect, it } from '@jest/globals';

import { ALL_FAULTS } from './nemesis/all-faults.ts';
import { scheduleComposed } from './nemesis/schedule.ts';
import { parseOptions } from './options.ts';
import { replayOf } from './run/chaos-run.ts';

describe('the options of the fault test', () => {
  it('name the option that is wrong, and what to give', () => {
    expect(() => parseOptions(['--seconds', 'ten'])).toThrow(
      "--seconds is 'ten'; give a whole number from 1 on.",
    );
    expect(() => parseOptions(['--seed', '-1'])).toThrow();
    expect(() => parseOptions(['--load-until', '0'])).toThrow(
      "--load-until is '0'; give a whole number from 1 on.",
    );
    expect(parseOptions(['--seed', '0'])).toMatchObject({ seed: 0, seconds: 60, controls: 'none' });
  });

  it.each([['--seed 7'], ['--ci'], ['--seed 7 --seconds 20 --rate 50 --fault redis-kill']])(
    'of a run with %s come back from the command that repeats it',
    (text) => {
      const options = parseOptions(text.split(' '))!;
      const again = replayOf(options, options.seed).split(' -- ')[1]!;
      expect(parseOptions(again.split(' '))).toEqual({ ...options, controls: 'none' });
    },
  );

  it('ask of CI what a schedule of its seed can give', () => {
    const { seed, seconds, density, rate, least, controls } = parseOptions(['--ci'])!;
    const { faults } = scheduleComposed(seed, seconds * 1000, ALL_FAULTS, density);
    expect(least).toEqual({ operations: 50_000, faults: 100, kinds: 10 });
    expect(faults.length).toBeGreaterThanOrEqual(least.faults * 1.1);
    const kinds = (names: readonly string[]): Set<string> =>
      new Set(ALL_FAULTS.filter(({ name }) => names.includes(name)).map(({ matrix }) => matrix));
    expect(kinds(faults.map(({ fault }) => fault))).toEqual(kinds(ALL_FAULTS.map(({ name }) => name)));
    expect(rate * seconds).toBeGreaterThan(least.operations * 1.05);
    expect(controls).toBe('all');
  });
});
