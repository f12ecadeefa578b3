import { CustomerBroadcastClient } from '@app/customer-broadcast';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';

import type { AnswerBody, ApiAnswer, ApiClient } from '../support/api-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import { createNestClient } from '../support/nest-client.ts';
import { race } from '../support/race.ts';
import {
  acceptBody,
  clientOf,
  createBroadcast,
  keyOf,
  type Kind,
  KINDS,
  lockOf,
  newName,
  pathOf,
  ROUTES,
  validBody,
} from '../support/requests.ts';
import { listRows, makeOverdue } from '../support/rows.ts';

describe('a create that is told what to do when the customer has an active broadcast', () => {
  let cluster: BorrowedCluster;
  let proxy: ClientProxy;
  let bus: CustomerBroadcastClient;

  beforeAll(async () => {
    cluster = await borrowCluster();
    proxy = createNestClient(cluster.redis.url);
    bus = new CustomerBroadcastClient(proxy);
  });

  afterAll(async () => {
    await proxy.close();
    await cluster.stop();
  });

  const as = (kind: Kind, sub?: string, replica?: number): ApiClient =>
    clientOf(cluster, kind, { sub, replica });

  const create = (client: ApiClient, kind: Kind, onActive: string, headers = {}): Promise<ApiAnswer> =>
    client.post(`${ROUTES[kind]}?onActive=${onActive}`, validBody(kind, 2), { headers });

  const desk = (kind: Kind) => bus.forKind<object, AnswerBody>(kind);

  const traces = (sub: string) =>
    Promise.all([cluster.redis.client.get(keyOf(sub)), cluster.redis.client.get(lockOf(sub))]);

  describe.each(KINDS)('for a %s', (kind) => {
    it.each(KINDS)('returns the active %s', async (activeKind) => {
      const client = as(activeKind);
      const { sub } = client.actor!;
      const active = await createBroadcast(client, activeKind);
      const answer = await create(as(kind, sub), kind, 'return');
      const shown = await client.get('/v1/active-broadcast');
      const { status: _status, ...expected } = shown.body; // it may become broadcasting in between
      expect(expected).toMatchObject({ kind: activeKind, id: active.id });
      expect(answer).toMatchObject({ status: 200, body: expected });
      expect(Object.keys(answer.body)).toEqual(Object.keys(shown.body));
      expect(await desk(kind).createOrFindActive(client.actor!, validBody(kind))).toMatchObject(expected);
      expect(await listRows(cluster.database, sub)).toHaveLength(1);
    });

    it.each(['return', 'replace', 'reject'])('creates with %s when nothing is active', async (onActive) => {
      const client = as(kind);
      const overdue = await createBroadcast(client, kind);
      await makeOverdue(cluster.database, kind, overdue.id);
      const answer = await create(client, kind, onActive);
      expect(answer.status).toBe(201);
      expect(answer.headers.get('location')).toBe(pathOf(kind, answer.body.id));
      expect(await listRows(cluster.database, client.actor!.sub)).toMatchObject([
        { id: overdue.id, status: 'expired' },
        { id: answer.body.id, status: expect.stringMatching(/^(created|broadcasting)$/) },
      ]);
    });

    it.each(KINDS)('replaces the active %s', async (activeKind) => {
      const client = as(activeKind);
      const { sub } = client.actor!;
      const old = await createBroadcast(client, activeKind);
      const answer = await create(as(kind, sub), kind, 'replace');
      expect(answer.status).toBe(201);
      expect(await traces(sub)).toEqual([`${kind}:${answer.body.id}`, null]);
      expect((await client.get(pathOf(activeKind, old.id))).body.status).toBe('cancelled');
      const history = await client.get(pathOf(activeKind, old.id, 'history'));
      expect((history.body.items as unknown[]).at(-1)).toMatchObject({
        to: 'cancelled',
        by: sub,
        reason: 'replaced by a new request',
      });
      const byMessage = await desk(activeKind).create(client.actor!, validBody(activeKind), {
        onActive: 'replace',
      });
      expect(await listRows(cluster.database, sub)).toMatchObject([
        { id: old.id, status: 'cancelled' },
        { id: answer.body.id, status: 'cancelled' },
        { id: byMessage.id },
      ]);
      const terminal = await cluster.database.query(
        `SELECT broadcast_id AS id, status FROM customer_broadcast_outbox
          WHERE customer_id = $1 AND type = 'terminal' ORDER BY id`,
        [sub],
      );
      expect(terminal).toEqual([old.id, answer.body.id].map((id) => ({ id, status: 'cancelled' })));
    });

    it('leaves the old one on the air when the new one is not valid', async () => {
      const client = as(kind);
      const { sub } = client.actor!;
      const old = await createBroadcast(client, kind);
      const answer = await client.post(`${ROUTES[kind]}?onActive=replace`, { trucksNeeded: 1 });
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect(await traces(sub)).toEqual([`${kind}:${old.id}`, null]);
      const transitions = await cluster.database.query(
        `SELECT to_status FROM customer_broadcast_transitions WHERE broadcast_id = $1 AND to_status = 'cancelled'`,
        [old.id],
      );
      expect(transitions).toEqual([]);
      expect((await client.get('/v1/active-broadcast')).body.id).toBe(old.id);
    });

    it('replaces once per idempotency key', async () => {
      const client = as(kind);
      await createBroadcast(client, kind);
      const headers = { 'idempotency-key': 'k' };
      const first = await create(client, kind, 'replace', headers);
      const second = await create(client, kind, 'replace', headers);
      expect([first.status, second.status]).toEqual([201, 201]);
      expect(second.body).toEqual(first.body);
      expect(await create(client, kind, 'return', headers)).toMatchObject({ status: 422 });
      const returned = await create(client, kind, 'return', { 'idempotency-key': 'k2' });
      const again = await create(client, kind, 'return', { 'idempotency-key': 'k2' });
      expect([returned.status, again.status]).toEqual([200, 200]);
      expect(again.body).toEqual(returned.body);
      expect(await listRows(cluster.database, client.actor!.sub)).toHaveLength(2);
    });

    it.each(['', 'REPLACE', 'replace&onActive=return', '__proto__'])(
      'refuses onActive=%s',
      async (wanted) => {
        const client = as(kind);
        const answer = await create(client, kind, wanted);
        expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
        expect(answer.body.errors).toEqual([
          {
            field: 'onActive',
            message: 'onActive must be reject or return or replace on this route, or left out',
          },
        ]);
        expect(await traces(client.actor!.sub)).toEqual([null, null]);
        const byMessage = desk(kind).create(client.actor!, { ...validBody(kind), onActive: wanted });
        await expect(byMessage).rejects.toMatchObject({
          code: 'VALIDATION_FAILED',
          problem: { errors: [{ field: 'onActive' }] },
        });
        expect(await listRows(cluster.database, client.actor!.sub)).toEqual([]);
      },
    );
  });

  it('returns one broadcast to 20 taps at once', async () => {
    const sub = newName('customer');
    const { fulfilled } = await race(20, (index) => {
      const kind = KINDS[index % 2]!;
      return create(as(kind, sub, index % 4 < 2 ? 0 : 1), kind, 'return');
    });
    const statuses = fulfilled.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(19).fill(200), 201]);
    expect(new Set(fulfilled.map(({ body }) => body.id)).size).toBe(1);
  });

  it('is one of the two in a race with the acceptance of the last truck', async () => {
    const transporter = clientOf(cluster, 'booking', { role: 'transporter' });
    const outcomes = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const client = as('booking');
      const old = await createBroadcast(client, 'booking');
      const accept = (): Promise<ApiAnswer> =>
        transporter.post(pathOf('booking', old.id, 'accept'), acceptBody(old, 1));
      const replace = (): Promise<ApiAnswer> => create(as('order', client.actor!.sub), 'order', 'replace');
      const calls = round % 2 === 0 ? [accept, replace] : [replace, accept];
      const { fulfilled } = await race(2, (index) => calls[index]!());
      const accepted = fulfilled[round % 2]!;
      expect(fulfilled[1 - (round % 2)]!.status).toBe(201);
      const rows = await listRows(cluster.database, client.actor!.sub);
      expect(rows[0]!.status).toBe(accepted.status === 200 ? 'fully_filled' : 'cancelled');
      expect(accepted.status === 200 || accepted.body.code === 'INVALID_TRANSITION').toBe(true);
      expect(rows).toHaveLength(2);
      outcomes.add(rows[0]!.status);
    }
    expect(outcomes.size).toBeGreaterThan(0);
  });
});
