import { afterEach, describe, expect, it } from '@jest/globals';

import { shiftClock } from './shifted-clock.ts';

const HOUR_MS = 3_600_000;

describe('a shifted clock', () => {
  afterEach(() => {
    shiftClock(0);
  });

  it.each([HOUR_MS, -HOUR_MS])('of %i ms is what every way to ask for the time gives', (offsetMs) => {
    const before = Date.now();
    shiftClock(offsetMs);
    for (const now of [Date.now(), new Date().getTime(), Date.parse(Date())]) {
      expect(Math.abs(now - before - offsetMs)).toBeLessThan(5000);
    }
  });

  it('leaves instants alone, and dates are dates on both sides of the step', () => {
    const old = new Date(1000);
    shiftClock(HOUR_MS);
    expect(new Date(1000).getTime()).toBe(1000);
    expect(new Date('1970-01-01T00:00:01Z')).toEqual(old);
    expect(old instanceof Date).toBe(true);
    const during = new Date();
    shiftClock(0);
    expect(during instanceof Date).toBe(true);
    expect(Date.now()).toBeLessThan(during.getTime());
  });
});
