import { describe, expect, it } from '@jest/globals';

import { listUnheard } from './heard-events.ts';
import type { OutboxEntry } from './operation.interface.ts';

const entry = (id: number, delivered: boolean): OutboxEntry => ({
  id,
  eventId: `event-${id}`,
  type: 'terminal',
  kind: 'booking',
  broadcastId: `broadcast-${id}`,
  customerId: 'customer',
  status: 'cancelled',
  delivered,
});

describe('the unheard events', () => {
  it('are those that count as delivered and that no listener has reported', () => {
    const outbox = [entry(1, true), entry(2, true), entry(3, false)];
    expect(listUnheard({ outbox, heard: ['event-1'] })).toEqual([outbox[1]]);
  });

  it('are unknown when no listener was asked to report', () => {
    expect(listUnheard({ outbox: [entry(1, true)] })).toEqual([]);
  });
});
