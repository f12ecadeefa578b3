import { describe, expect, it } from '@jest/globals';
import { TRUCK_LIFE, type TruckStatus } from './truck.lifecycle.ts';

/** Written out by hand: this is what the model is compared with. */
const LEGAL: Readonly<Record<TruckStatus, readonly TruckStatus[]>> = {
  created: ['broadcasting', 'active', 'partially_filled', 'fully_filled', 'cancelled', 'expired'],
  broadcasting: ['active', 'partially_filled', 'fully_filled', 'cancelled', 'expired'],
  active: ['partially_filled', 'fully_filled', 'cancelled', 'expired'],
  partially_filled: ['fully_filled', 'cancelled', 'expired'],
  fully_filled: ['in_progress', 'cancelled'],
  in_progress: ['completed'],
  completed: [],
  cancelled: [],
  expired: [],
};

const ALL = Object.keys(LEGAL) as TruckStatus[];
const TERMINAL = TRUCK_LIFE.statuses.filter((status) => !TRUCK_LIFE.isActive(status));
const PAIRS = ALL.flatMap((from) => ALL.map((to) => ({ from, to })));

describe('the statuses of a request for trucks', () => {
  it('are these nine, each either active or terminal', () => {
    expect(TRUCK_LIFE.statuses).toEqual(ALL);
    expect(TRUCK_LIFE.active).toEqual(['created', 'broadcasting', 'active', 'partially_filled']);
    expect(TERMINAL).toEqual(['fully_filled', 'in_progress', 'completed', 'cancelled', 'expired']);
    for (const status of ALL) {
      expect(TRUCK_LIFE.isActive(status)).toBe(!(TERMINAL as readonly string[]).includes(status));
    }
  });

  it('begin with created and with nothing else', () => {
    expect(ALL.filter((to) => TRUCK_LIFE.allows(null, to))).toEqual(['created']);
  });

  it.each(PAIRS)('know whether $from may become $to', ({ from, to }) => {
    expect(TRUCK_LIFE.allows(from, to)).toBe(LEGAL[from].includes(to));
  });

  it('never lead from a terminal one back to an active one', () => {
    for (const from of TERMINAL) {
      expect(TRUCK_LIFE.active.filter((to) => TRUCK_LIFE.allows(from, to))).toEqual([]);
    }
  });

  it('lead from every active one to a terminal one by cancel and by expiry', () => {
    for (const from of TRUCK_LIFE.active) {
      expect([TRUCK_LIFE.allows(from, 'cancelled'), TRUCK_LIFE.allows(from, 'expired')]).toEqual([
        true,
        true,
      ]);
    }
  });
});
