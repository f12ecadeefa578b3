import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import type { ApiAnswer, ApiClient } from '../support/api-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import { type Hold, holdWriters } from '../support/hold.ts';
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
  otherKind,
  pathOf,
  ROUTES,
  TABLES,
  validBody,
} from '../support/requests.ts';
import { listRows, makeOverdue } from '../support/rows.ts';
import { waitFor } from '../support/wait.ts';

const KEYS = 'customer_broadcast_idempotency_keys';

describe('a request that is repeated with its idempotency key', () => {
  let cluster: BorrowedCluster;
  let hold: Hold | undefined;

  beforeAll(async () => {
    cluster = await borrowCluster();
  });

  afterEach(() => hold?.release());
  afterAll(() => cluster.stop());

  const customer = (kind: Kind, sub?: string, replica?: number): ApiClient =>
    clientOf(cluster, kind, { sub, replica });

  const postWith = (key: string, client: ApiClient, path: string, body?: unknown): Promise<ApiAnswer> =>
    client.post(path, body, { headers: { 'idempotency-key': key } });

  const createWith = (key: string, client: ApiClient, kind: Kind, trucks = 1): Promise<ApiAnswer> =>
    postWith(key, client, ROUTES[kind], validBody(kind, trucks));

  function expectReplay(again: ApiAnswer, first: ApiAnswer): void {
    expect(again.status).toBe(first.status);
    expect(again.body).toEqual(first.body);
    expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body));
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  }

  const rowsOf = ({ actor }: ApiClient) => listRows(cluster.database, actor!.sub);
  const traces = async ({ actor }: ApiClient) => {
    const { client } = cluster.redis;
    return Promise.all([client.get(keyOf(actor!.sub)), client.get(lockOf(actor!.sub))]);
  };

  describe.each(KINDS)('to create a %s', (kind) => {
    it('gets status, headers and body of the first answer, from any replica, before the guard looks', async () => {
      const client = customer(kind);
      const first = await createWith('k', client, kind);
      expect(first.status).toBe(201);
      expect(first.headers.get('location')).toBe(pathOf(kind, first.body.id));
      expect(await traces(client)).toEqual([`${kind}:${first.body.id}`, null]);
      expectReplay(await createWith('k', client, kind), first);
      expectReplay(await createWith('k', customer(kind, client.actor!.sub, 1), kind), first);
      expect(await rowsOf(client)).toHaveLength(1);
    });

    it('gets the first answer also when the broadcast has ended since, and opens no new one', async () => {
      const client = customer(kind);
      const first = await createWith('k', client, kind);
      await client.post(pathOf(kind, first.body.id, 'cancel'));
      expectReplay(await createWith('k', client, kind), first);
      expect(await rowsOf(client)).toMatchObject([{ id: first.body.id, status: 'cancelled' }]);
      expect(await createWith('k2', client, kind)).toMatchObject({ status: 201 });
    });

    it('is the same request whatever the order of its fields, and another one with another body', async () => {
      const client = customer(kind);
      const first = await createWith('k', client, kind);
      const reversed = Object.fromEntries(Object.entries(validBody(kind)).reverse());
      expectReplay(await postWith('k', client, ROUTES[kind], reversed), first);
      const other = await createWith('k', client, kind, 2);
      expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
      expect(await rowsOf(client)).toHaveLength(1);
    });

    it('has nothing to do with the key of another user, or of another route', async () => {
      const one = customer(kind);
      const first = await createWith('k', one, kind);
      const second = await createWith('k', customer(kind), kind, 2);
      expect(second.status).toBe(201);
      expect(second.body.id).not.toBe(first.body.id);
      const cancelled = await postWith('k', one, pathOf(kind, first.body.id, 'cancel'));
      expect(cancelled).toMatchObject({ status: 200, body: { id: first.body.id, status: 'cancelled' } });
      const other = customer(otherKind(kind), one.actor!.sub);
      expect(await createWith('k', other, otherKind(kind))).toMatchObject({ status: 201 });
    });

    it('has one effect and one answer, 50 times at once over two replicas', async () => {
      const sub = newName('customer');
      const { fulfilled, rejected } = await race(50, (index) =>
        createWith('k', customer(kind, sub, index % 2), kind),
      );
      expect(rejected).toEqual([]);
      const [first] = fulfilled;
      for (const answer of fulfilled) {
        expect(answer).toMatchObject({ status: 201, body: first!.body });
        expect(answer.headers.get('location')).toBe(pathOf(kind, first!.body.id));
      }
      const originals = fulfilled.filter(({ headers }) => headers.get('idempotency-replayed') === null);
      expect(originals).toHaveLength(1);
      expect(await listRows(cluster.database, sub)).toHaveLength(1);
    });

    it('is told that the first one is still running, and gets its answer afterwards', async () => {
      const client = customer(kind);
      hold = await holdWriters(cluster.database, { table: TABLES[kind], on: 'INSERT', at: 'commit' });
      const running = createWith('k', client, kind);
      await hold.reached();
      const early = await createWith('k', customer(kind, client.actor!.sub, 1), kind);
      expect(early).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_IN_PROGRESS' } });
      expect(early.headers.get('retry-after')).toBe('1');
      await hold.release();
      const first = await running;
      expect(first.status).toBe(201);
      expectReplay(await createWith('k', client, kind), first);
    });

    it('is carried out when the first one was refused or not valid: neither had an effect', async () => {
      const client = customer(kind);
      const active = await createBroadcast(client, kind);
      const refused = await createWith('k', client, kind);
      expect(refused).toMatchObject({ status: 409, body: { code: 'ORDER_ACTIVE_EXISTS' } });
      expect(refused.body.activeBroadcast).toMatchObject({ id: active.id });
      await client.post(pathOf(kind, active.id, 'cancel'));
      expect(await postWith('k', client, ROUTES[kind], { nothing: true })).toMatchObject({ status: 400 });
      expect(await traces(client)).toEqual([null, null]);
      expect(await createWith('k', client, kind)).toMatchObject({ status: 201 });
    });

    it('expires an overdue broadcast on its way, as a create without a key does', async () => {
      const client = customer(kind);
      await makeOverdue(cluster.database, kind, (await createBroadcast(client, kind)).id);
      const first = await createWith('k', client, kind);
      expect(first.status).toBe(201);
      expect(await rowsOf(client)).toMatchObject([{ status: 'expired' }, { id: first.body.id }]);
    });

    it('is part of the transaction: an answer that cannot be kept leaves no row, key or lock', async () => {
      const client = customer(kind);
      await cluster.database.query(`ALTER TABLE ${KEYS} ADD CONSTRAINT ck_full CHECK (false) NOT VALID`);
      const failed = await createWith('k', client, kind);
      await cluster.database.query(`ALTER TABLE ${KEYS} DROP CONSTRAINT ck_full`);
      expect(failed.status).toBe(500);
      expect(await rowsOf(client)).toEqual([]);
      expect(await traces(client)).toEqual([null, null]);
      expect(await createWith('k', client, kind)).toMatchObject({ status: 201 });
    });

    it.each([
      ['empty', ''],
      ['too long', 'x'.repeat(256)],
      ['with a control character', 'a\tb'],
    ])('is refused when its key is %s', async (_, key) => {
      const client = customer(kind);
      const answer = await createWith(key, client, kind);
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect(answer.body.errors).toMatchObject([{ field: 'Idempotency-Key' }]);
      expect(await rowsOf(client)).toEqual([]);
      expect(await traces(client)).toEqual([null, null]);
    });

    it('takes a key of 255 characters', async () => {
      expect(await createWith('x'.repeat(255), customer(kind), kind)).toMatchObject({ status: 201 });
    });
  });

  describe.each(KINDS)('for every other command of a %s', (kind) => {
    it('gets the first answer, whatever has happened since', async () => {
      const owner = customer(kind);
      const transporter = clientOf(cluster, kind, { role: 'transporter' });
      const dispatcher = clientOf(cluster, kind, { role: 'dispatcher' });
      const rival = clientOf(cluster, kind, { role: 'transporter' });
      const broadcast = await createBroadcast(owner, kind, 2);
      const path = (action: string): string => pathOf(kind, broadcast.id, action);
      const steps = [
        () => postWith('k', dispatcher, path('dispatched'), { notified: 3 }),
        () => postWith('k', transporter, path('accept'), acceptBody(broadcast, 1)),
        () => postWith('k', rival, path('accept'), acceptBody(broadcast, 1)),
        () => postWith('k', transporter, path('start')),
        () => postWith('k', transporter, path('complete')),
      ];
      const firsts: ApiAnswer[] = [];
      for (const step of steps) firsts.push(await step());
      expect(firsts.map(({ status, body }) => [status, body.status])).toEqual([
        [200, 'active'],
        [200, 'partially_filled'],
        [200, 'fully_filled'],
        [200, 'in_progress'],
        [200, 'completed'],
      ]);
      for (const [index, step] of steps.entries()) expectReplay(await step(), firsts[index]!);
      expect(await rowsOf(owner)).toMatchObject([{ status: 'completed', trucks_filled: 2 }]);
    });

    it('does to another broadcast what it is told, with the same key', async () => {
      const owner = customer(kind);
      for (let round = 0; round < 2; round++) {
        const { id } = await createBroadcast(owner, kind);
        const cancelled = await postWith('k', owner, pathOf(kind, id, 'cancel'), { reason: 'no need' });
        expect(cancelled).toMatchObject({ status: 200, body: { id, status: 'cancelled' } });
        expect(await traces(owner)).toEqual([null, null]);
      }
      expect(await createWith('k', owner, kind)).toMatchObject({ status: 201 });
    });
  });

  it('leaves connections for all: 40 customers at once at each replica, on pools of twenty', async () => {
    const { fulfilled, rejected } = await race(160, (index) =>
      createWith('k', customer(KINDS[index % 2]!, undefined, index % 4 < 2 ? 0 : 1), KINDS[index % 2]!),
    );
    expect(rejected).toEqual([]);
    expect(new Set(fulfilled.map(({ status }) => status))).toEqual(new Set([201]));
  });

  it('is carried out once in a crowd of other creates of the customer', async () => {
    const sub = newName('customer');
    const { fulfilled } = await race(60, (index) => {
      const kind = KINDS[index % 2]!;
      return createWith(`k${index % 6}`, customer(kind, sub, index % 4 < 2 ? 0 : 1), kind);
    });
    const created = fulfilled.filter(({ status }) => status === 201);
    expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
    const codes = fulfilled.filter(({ status }) => status !== 201).map(({ body }) => body.code);
    expect(new Set(codes)).toEqual(new Set(['ORDER_ACTIVE_EXISTS']));
    expect(await listRows(cluster.database, sub)).toHaveLength(1);
    await waitFor(async () => (await cluster.redis.client.get(lockOf(sub))) === null);
  });
});
