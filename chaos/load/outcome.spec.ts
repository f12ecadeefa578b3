import { describe, expect, it } from '@jest/globals';

import type { AnswerBody } from '../../test/support/api-client.ts';
import { endingOf, NOT_SENT } from './outcome.ts';
import type { Call, Reply } from './request.interface.ts';

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
  trucks: 1,
  body: {},
};
const CANCEL: Call = { ...CREATE, action: 'cancel', broadcastId: 'b1', trucks: null };

const answer = (status: number, body: object = {}, replayed = false): Reply => ({
  answered: true,
  status,
  body: body as AnswerBody,
  replayed,
});

describe('endingOf', () => {
  it('takes a success with what it shows', () => {
    const shown = { id: 'b7', status: 'created', trucksFilled: 0 };
    expect(endingOf(CREATE, answer(201, shown))).toEqual({
      broadcastId: 'b7',
      outcome: 'ok',
      status: 201,
      code: null,
      broadcastStatus: 'created',
      trucksFilled: 0,
      refusedBy: null,
      replayed: false,
    });
    expect(endingOf(CREATE, answer(201, shown, true)).replayed).toBe(true);
  });

  it('takes an empty success for one that names no broadcast', () => {
    const ending = endingOf({ ...CREATE, action: 'find-active' }, answer(204));
    expect(ending).toMatchObject({ outcome: 'ok', status: 204, broadcastId: null, broadcastStatus: null });
  });

  it('takes a refusal for no effect, and keeps whom it named', () => {
    const problem = { code: 'ORDER_ACTIVE_EXISTS', status: 409, activeBroadcast: { id: 'b2' } };
    expect(endingOf(CREATE, answer(409, problem))).toMatchObject({
      outcome: 'fail',
      status: 409,
      code: 'ORDER_ACTIVE_EXISTS',
      broadcastId: null,
      broadcastStatus: null,
      refusedBy: 'b2',
    });
    const inFlight = { ...problem, activeBroadcast: null };
    expect(endingOf(CREATE, answer(409, inFlight))).toMatchObject({ outcome: 'fail', refusedBy: null });
  });

  it.each([400, 403, 404, 409, 422, 429])('takes %i with a code for a refusal', (status) => {
    expect(endingOf(CANCEL, answer(status, { code: 'ANY' }))).toMatchObject({
      outcome: 'fail',
      code: 'ANY',
      broadcastId: 'b1',
    });
  });

  it.each([
    ['a 503', answer(503, { code: 'DEPENDENCY_UNAVAILABLE' }), 503, 'DEPENDENCY_UNAVAILABLE'],
    ['a 500 that is no problem of ours', answer(500), 500, null],
    ['a 400 that is no problem of ours', answer(400), 400, null],
    [
      'a request with this key that is still running',
      answer(409, { code: 'IDEMPOTENCY_IN_PROGRESS' }),
      409,
      'IDEMPOTENCY_IN_PROGRESS',
    ],
    ['no answer', { answered: false, sent: true } as const, null, null],
  ])('knows nothing after %s', (_what, reply, status, code) => {
    expect(endingOf(CANCEL, reply)).toMatchObject({ outcome: 'info', status, code, broadcastId: 'b1' });
  });

  it('takes a request that could not be sent for no effect', () => {
    const ending = endingOf(CANCEL, { answered: false, sent: false });
    expect(ending).toMatchObject({ outcome: 'fail', status: null, code: NOT_SENT });
  });
});
