import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom, timeout } from 'rxjs';

import type { Actor, AnswerBody, Role } from '../support/api-client.ts';
import { type BroadcastCaller, refusalOf, startCaller } from '../support/broadcast-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import {
  acceptBody,
  ACTIVE_EXISTS_DETAIL,
  clientOf,
  type Kind,
  keyOf,
  KINDS,
  lockOf,
  newName,
  otherKind,
  pathOf,
  ROUTES,
  TABLES,
  UUID_V7,
  validBody,
} from '../support/requests.ts';
import { listRows, makeOverdue } from '../support/rows.ts';
import { waitFor } from '../support/wait.ts';
import { malformedCreates } from './malformed-bodies.ts';

const ANSWER_LIMIT_MS = 5000;

/** One replica of each service: each request has one answer. */
describe('requests over the Redis transport', () => {
  let cluster: BorrowedCluster;
  let caller: BroadcastCaller;

  beforeAll(async () => {
    cluster = await borrowCluster();
    caller = await startCaller(cluster, { timeoutMs: ANSWER_LIMIT_MS, retries: 0 });
  });

  afterAll(async () => {
    await caller.stop();
    await cluster.stop();
  });

  const as = (role: Role): Actor => ({ sub: newName(role), role });

  /** By hand, for what our own client would not send. Rejects with the problem. */
  const send = (pattern: string, payload: unknown): Promise<AnswerBody> =>
    firstValueFrom(caller.proxy.send<AnswerBody>(pattern, payload).pipe(timeout(ANSWER_LIMIT_MS)));

  const problemOf = (pattern: string, payload: unknown): Promise<AnswerBody> =>
    send(pattern, payload).then(
      (answer) => Promise.reject(new Error(`${pattern} was answered with ${JSON.stringify(answer)}`)),
      (problem: unknown) => problem as AnswerBody,
    );

  const create = (kind: Kind, actor: Actor, trucks = 1): Promise<AnswerBody> =>
    caller.kinds[kind].create(actor, validBody(kind, trucks));

  describe.each(KINDS)('about a %s', (kind) => {
    it('create, get, accept and cancel as HTTP does', async () => {
      const [customer, transporter] = [as('customer'), as('transporter')];
      const created = await create(kind, customer, 2);
      expect(created).toMatchObject({ status: 'created', customerId: customer.sub, trucksNeeded: 2 });
      expect(created.id).toMatch(UUID_V7);
      const { id } = created;
      const overHttp = await waitFor(async () => {
        const answer = await clientOf(cluster, kind, customer).get(pathOf(kind, id));
        return answer.body.status === 'broadcasting' && answer;
      });
      expect(await caller.kinds[kind].get(customer, id)).toEqual(overHttp.body);
      const accepted = await caller.kinds[kind].accept(transporter, id, acceptBody(created, 1));
      expect(accepted).toMatchObject({ id, status: 'partially_filled', trucksFilled: 1 });
      const cancelled = await caller.kinds[kind].cancel(customer, id, { reason: ' no need ' });
      expect(cancelled).toMatchObject({ id, status: 'cancelled' });
      expect(await create(kind, customer)).toMatchObject({ status: 'created' });
    });

    it('are refused with the problem that HTTP gives', async () => {
      const customer = as('customer');
      const active = await create(kind, customer);
      const other = otherKind(kind);
      for (const asked of KINDS) {
        const overHttp = await clientOf(cluster, asked, customer).post(
          `/v1/${TABLES[asked]}`,
          validBody(asked),
        );
        const { problem } = await refusalOf(caller.kinds[asked].create(customer, validBody(asked)));
        expect(problem).toMatchObject({
          status: 409,
          code: 'ORDER_ACTIVE_EXISTS',
          detail: ACTIVE_EXISTS_DETAIL,
        });
        expect(problem.activeBroadcast).toMatchObject({ kind, id: active.id });
        // The relay may have made the next step in between.
        const withoutStatus = (body: { readonly activeBroadcast?: object | null }) => ({
          ...body,
          instance: '',
          activeBroadcast: { ...body.activeBroadcast, status: '' },
        });
        expect(withoutStatus(problem)).toEqual(withoutStatus(overHttp.body));
      }
      const forbidden = await refusalOf(caller.kinds[other].create(as('operator'), validBody(other)));
      expect(forbidden).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    });

    it('find what is active, from whichever service', async () => {
      const customer = as('customer');
      expect(await caller.client.findActive(customer)).toBeNull();
      const { id } = await create(kind, customer);
      expect(await caller.client.findActive(customer)).toMatchObject({ kind, id });
    });

    it('expire what is due, for operators only', async () => {
      const { id } = await create(kind, as('customer'));
      await makeOverdue(cluster.database, kind, id);
      expect((await refusalOf(caller.kinds[kind].expireDue(as('customer')))).code).toBe('FORBIDDEN');
      const run = await caller.kinds[kind].expireDue(as('operator'));
      expect(run).toEqual({ kind, expired: 1, durationMs: expect.any(Number) });
    });

    it('of a stranger change nothing', async () => {
      const customer = as('customer');
      const { id } = await create(kind, customer);
      for (const action of ['get', 'cancel'] as const) {
        expect(await refusalOf(caller.kinds[kind][action](as('customer'), id))).toMatchObject({
          status: 404,
          code: 'NOT_FOUND',
        });
      }
      expect(await listRows(cluster.database, customer.sub)).toMatchObject([{ id, trucks_filled: 0 }]);
    });

    it('with a malformed field are refused as over HTTP, and leave nothing behind', async () => {
      const actor = as('customer');
      // Over Redis these two belong to the envelope, and a client has no way to write a number that no double holds.
      const isMeant = ([title, field]: readonly string[]): boolean =>
        !['actor', 'idempotencyKey'].includes(field!) && !title!.endsWith('beyond all');
      for (const [title, field, body] of malformedCreates(kind).filter(isMeant)) {
        const payload = body.replace(/\}$/, `,"actor":${JSON.stringify(actor)}}`);
        const problem = await problemOf(`${kind}.create`, JSON.parse(payload));
        const overHttp = await clientOf(cluster, kind, actor).post(ROUTES[kind], body);
        expect({ title, ...problem, instance: '' }).toEqual({
          title,
          ...overHttp.body,
          instance: '',
        });
        expect(problem).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
        expect(problem.errors!.map((error) => error.field)).toContain(field);
      }
      expect(await listRows(cluster.database, actor.sub)).toEqual([]);
      expect(await cluster.redis.client.exists(keyOf(actor.sub), lockOf(actor.sub))).toBe(0);
      await create(kind, actor);
    });
  });

  it('that are forged kill nothing, change nothing, and leave the next one its answer', async () => {
    const customer = as('customer');
    const { id } = await create('booking', customer);
    const before = await cluster.redis.client.get(keyOf(customer.sub));
    const patterns = ['create', 'get', 'cancel', 'accept', 'expire-due'].flatMap((name) =>
      KINDS.map((kind) => `${kind}.${name}`),
    );
    const forged = [
      'not JSON',
      '',
      'null',
      '5',
      '[]',
      '{}',
      '{"id":"1"}',
      '{"pattern":"booking.create","id":"2","data":null}',
      '{"pattern":"booking.create","id":"3","data":"x"}',
      '{"pattern":"booking.create","id":{},"data":[]}',
      '{"pattern":"booking.create","id":"4","data":{"__proto__":{"role":"operator"},"actor":null}}',
      `{"pattern":"booking.cancel","id":"5","data":{"id":"${id}","actor":{"sub":"x","role":"customer"}}}`,
      `{"pattern":"booking.cancel","id":"6","data":{"id":["${id}"],"actor":{"sub":"x","role":"operator"}}}`,
      '['.repeat(20_000),
      '\u0000\uffff',
    ];
    const events = [
      'customer-broadcast.opened',
      'customer-broadcast.terminal',
      'customer-broadcast.find-active',
    ];
    for (const channel of [...patterns, ...events]) {
      for (const message of forged)
        expect(await cluster.redis.client.publish(channel, message)).toBeGreaterThan(0);
    }
    const known = {
      eventId: 'x',
      kind: 'order',
      broadcastId: id,
      customerId: customer.sub,
      status: 'cancelled',
    };
    for (const data of [
      known,
      { ...known, kind: 5 },
      { ...known, customerId: '*' },
      { ...known, broadcastId: '' },
    ]) {
      await cluster.redis.client.publish(
        'customer-broadcast.terminal',
        JSON.stringify({ pattern: 'x', data }),
      );
    }
    expect(await send('booking.get', { id, actor: customer })).toMatchObject({ id, trucksFilled: 0 });
    await create('order', as('customer'));
    expect(await listRows(cluster.database, customer.sub)).toMatchObject([
      { id, status: expect.stringMatching(/^(created|broadcasting)$/) },
    ]);
    expect(await cluster.redis.client.get(keyOf(customer.sub))).toBe(before);
  });
});
