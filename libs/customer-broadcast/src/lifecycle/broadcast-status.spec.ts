import { describe, expect, it } from '@jest/globals';

import {
  ACTIVE_STATUSES,
  BROADCAST_STATUSES,
  type BroadcastStatus,
  isActiveStatus,
  isLegalTransition,
  TERMINAL_STATUSES,
} from './broadcast-status.ts';

/** Written out by hand: this is what the model is compared with. */
const LEGAL: Readonly<Record<BroadcastStatus, readonly BroadcastStatus[]>> = {
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

const ALL = Object.keys(LEGAL) as BroadcastStatus[];
const PAIRS = ALL.flatMap((from) => ALL.map((to) => ({ from, to })));

describe('the statuses of a broadcast', () => {
  it('are these nine, each either active or terminal', () => {
    expect(BROADCAST_STATUSES).toEqual(ALL);
    expect(ACTIVE_STATUSES).toEqual(['created', 'broadcasting', 'active', 'partially_filled']);
    expect(TERMINAL_STATUSES).toEqual(['fully_filled', 'in_progress', 'completed', 'cancelled', 'expired']);
    for (const status of ALL) {
      expect(isActiveStatus(status)).toBe(!(TERMINAL_STATUSES as readonly string[]).includes(status));
    }
  });

  it('begin with created and with nothing else', () => {
    expect(ALL.filter((to) => isLegalTransition(null, to))).toEqual(['created']);
  });

  it.each(PAIRS)('know whether $from may become $to', ({ from, to }) => {
    expect(isLegalTransition(from, to)).toBe(LEGAL[from].includes(to));
  });

  it('never lead from a terminal one back to an active one', () => {
    for (const from of TERMINAL_STATUSES) {
      expect(ACTIVE_STATUSES.filter((to) => isLegalTransition(from, to))).toEqual([]);
    }
  });

  it('lead from every active one to a terminal one by cancel and by expiry', () => {
    for (const from of ACTIVE_STATUSES) {
      expect([isLegalTransition(from, 'cancelled'), isLegalTransition(from, 'expired')]).toEqual([
        true,
        true,
      ]);
    }
  });
});
