import { describe, expect, it } from '@jest/globals';

import { race } from './race.ts';

describe('race', () => {
  it('has started every call before the first one goes on', async () => {
    let started = 0;
    const { fulfilled } = await race(5, async () => {
      started++;
      await Promise.resolve();
      return started;
    });
    expect(fulfilled).toEqual([5, 5, 5, 5, 5]);
  });

  it('collects winners and losers', async () => {
    const { fulfilled, rejected } = await race(4, (index) =>
      index === 2 ? Promise.resolve(index) : Promise.reject(new Error(`lost ${index}`)),
    );
    expect(fulfilled).toEqual([2]);
    expect(rejected.map((error) => (error as Error).message)).toEqual(['lost 0', 'lost 1', 'lost 3']);
  });
});
