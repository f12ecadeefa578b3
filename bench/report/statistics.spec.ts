import { describe, expect, it } from '@jest/globals';

import { median, percentile, ratios } from './statistics.ts';

describe('statistics', () => {
  it('takes the middle value by number, not by text', () => {
    expect(median([100, 9, 20])).toBe(20);
  });

  it('takes the mean of the two middle values of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('takes as p99 of a hundred values the second largest, and of few the largest', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([3, 1, 2], 0.99)).toBe(3);
  });

  it('divides round by round', () => {
    expect(ratios([10, 30], [5, 10])).toEqual([2, 3]);
  });

  it('refuses what was never measured', () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => ratios([1], [1, 2])).toThrow(RangeError);
  });
});
