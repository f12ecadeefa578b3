import { describe, expect, it } from '@jest/globals';

import { seededRandom } from './random.ts';

const draw = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.fraction());
};

describe('seededRandom', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    expect(draw(7, 100)).toEqual(draw(7, 100));
    expect(draw(8, 100)).not.toEqual(draw(7, 100));
  });

  it('gives the numbers of mulberry32', () => {
    expect(draw(1, 3)).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  });

  it('spreads whole numbers evenly over the range', () => {
    const random = seededRandom(3);
    const counts = [0, 0, 0, 0, 0];
    for (let drawn = 0; drawn < 50_000; drawn += 1) counts[random.int(5)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('says yes as often as asked', () => {
    const random = seededRandom(4);
    const yes = Array.from({ length: 20_000 }, () => random.chance(0.3)).filter(Boolean).length;
    expect(Math.abs(yes - 6000)).toBeLessThan(300);
  });

  it('forks a source that does not depend on how much its parent draws afterwards', () => {
    const first = seededRandom(5);
    const fork = first.fork();
    first.fraction();
    const again = seededRandom(5).fork();
    expect([fork.fraction(), fork.fraction()]).toEqual([again.fraction(), again.fraction()]);
  });

  it('refuses to pick from nothing', () => {
    expect(() => seededRandom(1).pick([])).toThrow(RangeError);
  });
});
