import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { SlotHolder } from './active-broadcast.repository.ts';
import { HammeringCustomers } from './hammering-customers.ts';

const KEY = 'booking:1';

describe('a customer who hammers', () => {
  let hammering: HammeringCustomers;
  let asked: number;
  let holder: SlotHolder | null;

  beforeEach(() => {
    jest.useFakeTimers();
    hammering = new HammeringCustomers();
    asked = 0;
    holder = { secondsLeft: 60 } as SlotHolder;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const meet = (customerId = 'c1', key = KEY): Promise<SlotHolder | null> =>
    hammering.holder(customerId, key, () => {
      asked += 1;
      return Promise.resolve(holder);
    });
  const meetFor = async (ms: number, everyMs = 10): Promise<void> => {
    for (let spentMs = 0; spentMs < ms; spentMs += everyMs) {
      await meet();
      jest.advanceTimersByTime(everyMs);
    }
  };

  it('has Postgres asked each time for the first ten in a second', async () => {
    for (let i = 0; i < 10; i += 1) await meet();
    expect(asked).toBe(10);
  });

  it('has it asked twice a second from then on, and for nobody else', async () => {
    await meetFor(1000);
    asked = 0;
    await meetFor(10_000);
    expect(asked).toBeLessThanOrEqual(20);
    expect(asked).toBeGreaterThanOrEqual(18);
    asked = 0;
    await meet('c2');
    await meet('c2');
    expect(asked).toBe(2);
  });

  it('has it asked once when many come at the same moment', async () => {
    await meetFor(1000);
    jest.advanceTimersByTime(600);
    asked = 0;
    await Promise.all(Array.from({ length: 50 }, () => meet()));
    expect(asked).toBe(1);
  });

  it('sees another key, and a free slot, at once', async () => {
    await meetFor(1000);
    asked = 0;
    await meet('c1', 'order:2');
    expect(asked).toBe(1);
    holder = null;
    jest.advanceTimersByTime(500);
    expect(await meet('c1', 'order:2')).toBeNull();
    holder = { secondsLeft: 60 } as SlotHolder;
    expect(await meet('c1', 'order:2')).toBe(holder);
  });

  it('sees a free slot within half a second when the key stays', async () => {
    await meetFor(1000);
    holder = null;
    jest.advanceTimersByTime(500);
    expect(await meet()).toBeNull();
  });

  it('meets no deadline late', async () => {
    await meetFor(1000);
    jest.advanceTimersByTime(500);
    holder = { secondsLeft: 1 } as SlotHolder;
    await meet();
    holder = null;
    expect(await meet()).toBeNull();
  });

  it('is not given the failure of another one’s question', async () => {
    await meetFor(1000);
    jest.advanceTimersByTime(600);
    await expect(hammering.holder('c1', KEY, () => Promise.reject(new Error('away')))).rejects.toThrow(
      'away',
    );
    expect(await meet()).toBe(holder);
  });

  it('is like everybody else after a second without', async () => {
    await meetFor(1000);
    jest.advanceTimersByTime(2000);
    asked = 0;
    for (let i = 0; i < 10; i += 1) await meet();
    expect(asked).toBe(10);
  });
});
