import { describe, expect, it } from '@jest/globals';
import {
  ACTIVE_STATUSES,
  BROADCAST_STATUSES,
  type BroadcastStatus,
  isActiveStatus,
  isLegalTransition,
  TERMINAL_STATUSES,
} from './broadcast-status.ts';

/**
 * The life as it was ordered, written out. A step may be jumped over: a transporter accepts before the dispatcher has
 * reported, and a dispatcher reports before the relay has noted that the opening event was delivered.
 */
const LIFE: Readonly<Record<BroadcastStatus, string>> = {
  created: 'broadcasting active partially_filled fully_filled cancelled expired',
  broadcasting: 'active partially_filled fully_filled cancelled expired',
  active: 'partially_filled fully_filled cancelled expired',
  partially_filled: 'fully_filled cancelled expired',
  fully_filled: 'in_progress cancelled',
  in_progress: 'completed',
  completed: '',
  cancelled: '',
  expired: '',
};

const PAIRS = BROADCAST_STATUSES.flatMap((from) =>
  BROADCAST_STATUSES.map((to) => ({ from, to, legal: LIFE[from].split(' ').includes(to) })),
);

describe('the statuses', () => {
  it('are active or terminal, each one of the two', () => {
    expect([...ACTIVE_STATUSES]).toEqual(['created', 'broadcasting', 'active', 'partially_filled']);
    expect([...TERMINAL_STATUSES]).toEqual([
      'fully_filled',
      'in_progress',
      'completed',
      'cancelled',
      'expired',
    ]);
    expect(BROADCAST_STATUSES.filter(isActiveStatus)).toEqual([...ACTIVE_STATUSES]);
  });

  it.each(PAIRS)('allow the step from $from to $to: $legal', ({ from, to, legal }) => {
    expect(isLegalTransition(from, to)).toBe(legal);
  });

  it.each(BROADCAST_STATUSES)('let a broadcast begin as %s only when that is created', (to) => {
    expect(isLegalTransition(null, to)).toBe(to === 'created');
  });

  it('never lead from a terminal status back to an active one', () => {
    const back = PAIRS.filter(({ from, to }) => !isActiveStatus(from) && isActiveStatus(to));
    expect(back.filter(({ from, to }) => isLegalTransition(from, to))).toEqual([]);
  });
});
