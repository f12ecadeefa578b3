import { describe, expect, it } from '@jest/globals';

import type { PlannedRequest } from './request.interface.ts';
import { hotCustomersOf, MIX, planRequests } from './request-plan.ts';

const RATE = 200;
const HOT = 300;

function plan(seed: number, count: number): PlannedRequest[] {
  const requests = planRequests({ seed, ratePerSecond: RATE, hotCustomers: HOT });
  return Array.from({ length: count }, () => requests.next().value);
}

const many = plan(1, 40_000);
const share = (is: (request: PlannedRequest) => boolean): number => many.filter(is).length / many.length;

describe('planRequests', () => {
  it('gives the same requests for a seed, and others for another', () => {
    expect(plan(7, 500)).toEqual(plan(7, 500));
    expect(plan(8, 500)).not.toEqual(plan(7, 500));
  });

  it('has a mix of a hundred in a hundred', () => {
    expect(MIX.reduce((sum, [, weight]) => sum + weight, 0)).toBe(100);
  });

  it('keeps to the rate in the long run, with gaps of strangers', () => {
    expect(Math.abs(many.at(-1)!.dueAfterMs / 1000 - many.length / RATE)).toBeLessThan(5);
    const gaps = many.slice(1).map(({ dueAfterMs }, index) => dueAfterMs - many[index]!.dueAfterMs);
    expect(Math.min(...gaps)).toBe(0);
    // Of exponential gaps with a mean of 5 ms 13 % are longer than 10 ms; a metronome would have none.
    const long = gaps.filter((gap) => gap > 10).length / gaps.length;
    expect(long).toBeGreaterThan(0.1);
    expect(long).toBeLessThan(0.18);
  });

  it('numbers the requests in the order of time', () => {
    expect(many.map(({ number }) => number)).toEqual(many.map((_, index) => index));
  });

  it('brings storms: several creates of one customer at one instant', () => {
    const storms = Map.groupBy(many, ({ dueAfterMs }) => dueAfterMs);
    const together = [...storms.values()].filter(({ length }) => length > 1);
    expect(together.length).toBeGreaterThan(300);
    for (const storm of together) {
      expect(new Set(storm.map(({ customerId }) => customerId)).size).toBe(1);
      expect(new Set(storm.map(({ choice }) => choice))).toEqual(new Set(['create']));
    }
  });

  it('spreads over transports, kinds, policies and choices as the tables say', () => {
    expect(share(({ transport }) => transport === 'rpc')).toBeCloseTo(0.2, 1);
    expect(share(({ kind }) => kind === 'order')).toBeCloseTo(0.5, 1);
    expect(share(({ onActive }) => onActive === null)).toBeCloseTo(0.9, 1);
    expect(share(({ choice }) => choice === 'cancel')).toBeCloseTo(0.14, 1);
    const creates = many.filter(({ choice }) => choice === 'create');
    expect(
      creates.filter(({ idempotencyKey }) => idempotencyKey !== null).length / creates.length,
    ).toBeCloseTo(0.5, 1);
  });

  it('never gives two requests one idempotency key', () => {
    const keys = many.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('comes back to every hot customer, to some of them far more often, and to ever new ones', () => {
    const perCustomer = Map.groupBy(many, ({ customerId }) => customerId);
    const hot = hotCustomersOf(HOT).map((customerId) => perCustomer.get(customerId)?.length ?? 0);
    expect(hot).toHaveLength(HOT);
    expect(Math.min(...hot)).toBeGreaterThan(20);
    expect(Math.max(...hot)).toBeGreaterThan(5 * Math.min(...hot));
    const fresh = [...perCustomer.keys()].filter((customerId) => customerId.startsWith('fresh-'));
    expect(fresh.length).toBeGreaterThan(1000);
  });
});
