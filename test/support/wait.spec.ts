import { describe, expect, it } from '@jest/globals';

import { settlesWithin, waitFor } from './wait.ts';

describe('waitFor', () => {
  it('returns the first truthy answer', async () => {
    let calls = 0;
    await expect(waitFor(() => (++calls === 3 ? 'third' : null), { intervalMs: 1 })).resolves.toBe('third');
  });

  it('takes an exception of the condition for "not yet"', async () => {
    let calls = 0;
    const condition = (): boolean => {
      if (++calls < 3) throw new Error('not there');
      return true;
    };
    await expect(waitFor(condition, { intervalMs: 1 })).resolves.toBe(true);
  });

  it('names what it waited for and the last answer when time is up', async () => {
    const waiting = waitFor(() => 0, { timeoutMs: 5, intervalMs: 1, describe: 'a row' });
    await expect(waiting).rejects.toThrow('Waited 5 ms for a row; the last value was 0.');
  });

  it('names the last exception when time is up', async () => {
    const condition = (): never => {
      throw new Error('no such table');
    };
    await expect(waitFor(condition, { timeoutMs: 5, intervalMs: 1 })).rejects.toThrow('no such table');
  });
});

describe('settlesWithin', () => {
  const stall = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  it('is true for what is fulfilled or rejected in time', async () => {
    await expect(settlesWithin(1_000, Promise.resolve())).resolves.toBe(true);
    await expect(settlesWithin(1_000, Promise.reject(new Error('refused')))).resolves.toBe(true);
  });

  it('is false for what takes longer', async () => {
    await expect(settlesWithin(5, new Promise(() => undefined))).resolves.toBe(false);
  });

  it('does not count a stall of the process', async () => {
    const inTime = settlesWithin(20, new Promise((resolve) => setTimeout(resolve, 10)));
    stall(50);
    await expect(inTime).resolves.toBe(true);
  });
});
