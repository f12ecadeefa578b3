import { describe, expect, it } from '@jest/globals';

import type { AnswerBody } from '../../test/support/api-client.ts';
import { CustomerKnowledge } from './customer-knowledge.ts';
import { endingOf } from './outcome.ts';
import type { Call, Choice, PlannedRequest } from './request.interface.ts';
import { MIX } from './request-plan.ts';
import { toCall } from './request-target.ts';

const planned = (choice: Choice, more: Partial<PlannedRequest> = {}): PlannedRequest => ({
  number: 0,
  dueAfterMs: 0,
  choice,
  customerId: 'c1',
  kind: 'order',
  transport: 'rpc',
  replica: 0,
  trucks: 3,
  fill: true,
  onActive: null,
  idempotencyKey: 'k1',
  repeatOnceKnown: false,
  transporterId: 't1',
  byOperator: false,
  ...more,
});

const CREATE = toCall(planned('create'), new CustomerKnowledge());

function knowing(status: string, call: Call = CREATE, id = 'b1'): CustomerKnowledge {
  const items = [
    { id: 'i1', quantity: 1, filled: 1 },
    { id: 'i2', quantity: 2, filled: 0 },
  ];
  const body = { id, status, trucksNeeded: 3, trucksFilled: 1, items } as unknown as AnswerBody;
  const reply = { answered: true, status: 200, body, replayed: false } as const;
  const known = new CustomerKnowledge();
  known.learn(call, endingOf(call, reply), reply);
  return known;
}

describe('toCall', () => {
  it('makes a create of whatever has no ground', () => {
    for (const [choice] of MIX) {
      const { action } = toCall(planned(choice), new CustomerKnowledge());
      expect([choice, action]).toEqual([choice, choice === 'find-active' ? 'find-active' : 'create']);
    }
  });

  it('asks for the planned trucks, of two types in an order', () => {
    expect(CREATE).toMatchObject({ action: 'create', trucks: 3, idempotencyKey: 'k1', transport: 'rpc' });
    expect(CREATE.body).toMatchObject({ items: [{ quantity: 1 }, { quantity: 2 }] });
    const booking = toCall(planned('create', { kind: 'booking' }), new CustomerKnowledge());
    expect(booking.body).toMatchObject({ trucksNeeded: 3 });
  });

  it('accepts what is left of an item that still needs trucks', () => {
    const call = toCall(planned('accept'), knowing('partially_filled'));
    expect(call).toMatchObject({ action: 'accept', broadcastId: 'b1', trucks: 2, idempotencyKey: 'k1' });
    expect(call).toMatchObject({
      actor: { sub: 't1', role: 'transporter' },
      body: { itemId: 'i2', trucks: 2 },
    });
    expect(toCall(planned('accept', { fill: false }), knowing('active'))).toMatchObject({ trucks: 1 });
  });

  it('repeats the last create that had a key, as it was', () => {
    const known = new CustomerKnowledge();
    known.lastKeyedCreate = CREATE;
    expect(toCall(planned('repeat', { idempotencyKey: 'k2', trucks: 1 }), known)).toBe(CREATE);
  });

  it('starts as the transporter who accepted or as the operator, and always over HTTP', () => {
    const accept: Call = { ...CREATE, action: 'accept', actor: { sub: 't9', role: 'transporter' } };
    const known = knowing('fully_filled', { ...accept, broadcastId: 'b1' });
    const start = toCall(planned('start'), known);
    expect(start).toMatchObject({ action: 'start', transport: 'http', actor: { sub: 't9' } });
    expect(toCall(planned('start', { byOperator: true }), known).actor.role).toBe('operator');
  });

  it('tries what cannot succeed on a broadcast that is over', () => {
    const known = knowing('expired');
    expect(toCall(planned('cancel-ended'), known)).toMatchObject({ action: 'cancel', broadcastId: 'b1' });
    expect(toCall(planned('accept-ended'), known)).toMatchObject({ action: 'accept', broadcastId: 'b1' });
    expect(toCall(planned('cancel'), known).action).toBe('create');
  });
});
