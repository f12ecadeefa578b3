import { describe, expect, it } from '@jest/globals';

import type { AnswerBody } from '../../test/support/api-client.ts';
import { CustomerKnowledge } from './customer-knowledge.ts';
import { endingOf } from './outcome.ts';
import type { Call } from './request.interface.ts';

const CREATE: Call = {
  action: 'create',
  kind: 'booking',
  customerId: 'c1',
  actor: { sub: 'c1', role: 'customer' },
  broadcastId: null,
  transport: 'http',
  idempotencyKey: null,
  request: null,
  onActive: null,
  trucks: 2,
  body: {},
};

function told(known: CustomerKnowledge, call: Partial<Call>, status: number, body: object = {}): void {
  const full = { ...CREATE, ...call };
  const reply = { answered: true, status, body: body as AnswerBody, replayed: false } as const;
  known.learn(full, endingOf(full, reply), reply);
}

const view = (id: string, status = 'active', trucksFilled = 0): object => ({
  id,
  status,
  trucksNeeded: 2,
  trucksFilled,
});

describe('CustomerKnowledge', () => {
  it('knows what a create was answered with', () => {
    const known = new CustomerKnowledge();
    told(known, {}, 201, view('b1'));
    expect(known.active).toMatchObject({ kind: 'booking', id: 'b1', trucksLeft: 2 });
  });

  it('learns nothing from an operation of unknown end', () => {
    const known = new CustomerKnowledge();
    told(known, {}, 201, view('b1'));
    told(known, { action: 'cancel', broadcastId: 'b1' }, 503, { code: 'DEPENDENCY_UNAVAILABLE' });
    expect(known.active?.id).toBe('b1');
  });

  it('learns from a refusal what is in the way, and of which kind', () => {
    const known = new CustomerKnowledge();
    const activeBroadcast = { kind: 'order', id: 'b3', status: 'active' };
    told(known, {}, 409, { code: 'ORDER_ACTIVE_EXISTS', activeBroadcast });
    expect(known.active).toMatchObject({ kind: 'order', id: 'b3' });
  });

  it('follows a broadcast to its end', () => {
    const known = new CustomerKnowledge();
    told(known, {}, 201, view('b1'));
    const accept = {
      action: 'accept',
      broadcastId: 'b1',
      actor: { sub: 't1', role: 'transporter' },
    } as const;
    told(known, accept, 200, view('b1', 'fully_filled', 2));
    expect(known.active).toBeNull();
    expect(known.closed('fully_filled')).toMatchObject({ id: 'b1', transporterId: 't1' });
    told(known, { action: 'start', broadcastId: 'b1' }, 200, view('b1', 'in_progress', 2));
    expect(known.closed('fully_filled')).toBeNull();
    expect(known.closed('in_progress')).toMatchObject({ id: 'b1', transporterId: 't1' });
    told(known, { action: 'complete', broadcastId: 'b1' }, 200, view('b1', 'completed', 2));
    expect(known.closed()).toMatchObject({ id: 'b1', status: 'completed' });
  });

  it('takes a late answer about an old broadcast for nothing new', () => {
    const known = new CustomerKnowledge();
    told(known, {}, 201, view('b2'));
    told(known, { action: 'get', broadcastId: 'b1' }, 200, view('b1', 'active'));
    told(known, { action: 'get', broadcastId: 'b0' }, 200, view('b0', 'expired'));
    expect(known.active?.id).toBe('b2');
  });

  it('forgets what is active when find-active names nothing', () => {
    const known = new CustomerKnowledge();
    told(known, {}, 201, view('b1'));
    told(known, { action: 'find-active' }, 204);
    expect(known.active).toBeNull();
    expect(known.closed()?.id).toBe('b1');
  });
});
