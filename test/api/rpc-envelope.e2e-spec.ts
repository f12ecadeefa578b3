import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom, timeout } from 'rxjs';

import type { Actor, AnswerBody, Role } from '../support/api-client.ts';
import { type BroadcastCaller, startCaller } from '../support/broadcast-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import { type Kind, KINDS, newName, validBody } from '../support/requests.ts';
import { listRows } from '../support/rows.ts';

const ANSWER_LIMIT_MS = 5000;

/** What a message has beside the body of HTTP. Sent by hand: our own client would refuse most of it itself. */
describe('requests over the Redis transport', () => {
  let cluster: BorrowedCluster;
  let caller: BroadcastCaller;

  beforeAll(async () => {
    cluster = await borrowCluster();
    caller = await startCaller(cluster);
  });

  afterAll(async () => {
    await caller.stop();
    await cluster.stop();
  });

  const as = (role: Role): Actor => ({ sub: newName(role), role });

  const send = (pattern: string, payload: unknown): Promise<AnswerBody> =>
    firstValueFrom(caller.proxy.send<AnswerBody>(pattern, payload).pipe(timeout(ANSWER_LIMIT_MS)));

  const problemOf = (pattern: string, payload: unknown): Promise<AnswerBody> =>
    send(pattern, payload).then(
      (answer) => Promise.reject(new Error(`${pattern} was answered with ${JSON.stringify(answer)}`)),
      (problem: unknown) => problem as AnswerBody,
    );

  it.each(KINDS)('about a %s with an actor that is none are refused as unauthenticated', async (kind) => {
    for (const actor of [
      undefined,
      null,
      'c1',
      [],
      {},
      { sub: 'c1' },
      { sub: 'c 1', role: 'customer' },
      { sub: 'c1', role: 'root' },
      { sub: 5, role: 'customer' },
      { sub: '', role: 'customer' },
      { sub: 'x'.repeat(129), role: 'customer' },
      { sub: ['c1'], role: 'customer' },
      { sub: 'c1', role: ['customer'] },
      { sub: 'c1', role: 'Customer' },
      { actor: { sub: 'c1', role: 'customer' } },
    ]) {
      const problem = await problemOf(`${kind}.create`, { ...validBody(kind), actor });
      expect(problem).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    }
    expect(await listRows(cluster.database, 'c1')).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a line break', 'a\nb'],
    ['with a character outside of ASCII', 'é'],
    ['that is a number', 5],
    ['that is a list', ['k']],
  ])('with an idempotency key %s are refused on every pattern, naming it', async (_, idempotencyKey) => {
    const id = '01a204a5-d213-7279-a359-211ce87e7be2';
    const bodies = (kind: Kind): readonly (readonly [string, Role, object])[] => [
      [`${kind}.create`, 'customer', validBody(kind)],
      [`${kind}.get`, 'customer', { id }],
      [`${kind}.cancel`, 'customer', { id }],
      [`${kind}.accept`, 'transporter', { id, trucks: 1, ...(kind === 'order' && { itemId: id }) }],
      [`${kind}.expire-due`, 'operator', {}],
      ['customer-broadcast.find-active', 'customer', {}],
    ];
    for (const [pattern, role, body] of KINDS.flatMap(bodies)) {
      const problem = await problemOf(pattern, { ...body, actor: as(role), idempotencyKey });
      expect(problem).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', instance: pattern });
      expect(problem.errors!.map(({ field }) => field)).toEqual(['idempotencyKey']);
    }
  });

  it('with an unknown field are refused on every pattern, naming it', async () => {
    const customer = as('customer');
    const { id } = await caller.kinds.booking.create(customer, validBody('booking'));
    for (const [pattern, role, body] of [
      ['booking.get', 'customer', { id }],
      ['booking.cancel', 'customer', { id }],
      ['booking.accept', 'transporter', { id, trucks: 1 }],
      ['booking.expire-due', 'operator', {}],
      ['customer-broadcast.find-active', 'customer', {}],
    ] as const) {
      const problem = await problemOf(pattern, { ...body, actor: { sub: customer.sub, role }, extra: 1 });
      expect({ pattern, ...problem }).toMatchObject({ pattern, code: 'VALIDATION_FAILED' });
      expect(problem.errors!.map(({ field }) => field)).toEqual(['extra']);
    }
    expect(await listRows(cluster.database, customer.sub)).toMatchObject([{ id, trucks_filled: 0 }]);
  });

  it('take no more of an actor than its sub and role', async () => {
    const customer = { ...as('customer'), admin: true, iat: 1, customerId: 'c2' };
    const { id } = await send('booking.create', { ...validBody('booking'), actor: customer });
    expect(await listRows(cluster.database, customer.sub)).toMatchObject([{ id }]);
  });
});
