import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { AnswerBody, ApiClient, Role } from './api-client.ts';
import { type Cluster, startCluster } from './cluster.ts';
import {
  acceptBody,
  clientOf,
  createBroadcast,
  ISO_UTC,
  type Kind,
  pathOf,
  ROUTES,
  UUID_V7,
  validBody,
} from './requests.ts';
import { waitFor } from './wait.ts';

const BY_RELAY = 'system:outbox-relay';
const BY_DISPATCHER = 'system:embedded-dispatcher';

/** The life of a broadcast of one kind, over HTTP, from its create to its end; the same for every kind. */
export function describeLifecycle(kind: Kind): void {
  describe(`the life of a ${kind}`, () => {
    let cluster: Cluster;

    beforeAll(async () => {
      cluster = await startCluster(kind === 'booking' ? { orders: 0 } : { bookings: 0 });
    });

    afterAll(() => cluster.stop());

    const as = (role: Role): ApiClient => clientOf(cluster, kind, { role });

    async function post(
      client: ApiClient,
      { id }: AnswerBody,
      action: string,
      body?: object,
    ): Promise<AnswerBody> {
      const answer = await client.post(pathOf(kind, id, action), body);
      expect({ action, status: answer.status }).toEqual({ action, status: 200 });
      return answer.body;
    }

    async function refusal(
      client: ApiClient,
      { id }: AnswerBody,
      action: string,
      body?: object,
    ): Promise<string> {
      const answer = await client.post(pathOf(kind, id, action), body);
      return `${answer.status} ${answer.body.code ?? ''}`;
    }

    const historyOf = async (client: ApiClient, { id }: AnswerBody) =>
      (await client.get(pathOf(kind, id, 'history'))).body.items!;

    const untilActive = (owner: ApiClient, { id }: AnswerBody): Promise<AnswerBody> =>
      waitFor(
        async () => {
          const { body } = await owner.get(pathOf(kind, id));
          return body.status === 'active' && body;
        },
        { timeoutMs: 2000, describe: 'the embedded dispatcher' },
      );

    it('goes from created to completed, and its history tells each step', async () => {
      const [owner, transporter, other] = [as('customer'), as('transporter'), as('transporter')];
      const created = await createBroadcast(owner, kind, 3);
      expect(created).toMatchObject({ status: 'created', customerId: owner.actor!.sub });
      expect(created).toMatchObject({ trucksNeeded: 3, trucksFilled: 0 });
      await untilActive(owner, created);

      const partly = await post(transporter, created, 'accept', acceptBody(created, 2));
      expect(partly).toMatchObject({ status: 'partially_filled', trucksFilled: 2 });
      const full = await post(other, created, 'accept', acceptBody(created, 1));
      expect(full).toMatchObject({ status: 'fully_filled', trucksFilled: 3 });
      expect(await post(transporter, created, 'start')).toMatchObject({ status: 'in_progress' });
      expect(await post(other, created, 'complete')).toMatchObject({ status: 'completed' });

      const history = await historyOf(owner, created);
      expect(history.map(({ from, to, by }) => [from, to, by])).toEqual([
        [null, 'created', owner.actor!.sub],
        ['created', 'broadcasting', BY_RELAY],
        ['broadcasting', 'active', BY_DISPATCHER],
        ['active', 'partially_filled', transporter.actor!.sub],
        ['partially_filled', 'fully_filled', other.actor!.sub],
        ['fully_filled', 'in_progress', transporter.actor!.sub],
        ['in_progress', 'completed', other.actor!.sub],
      ]);
      const instants = history.map(({ at }) => String(at));
      for (const at of instants) expect(at).toMatch(ISO_UTC);
      expect(instants).toEqual(instants.toSorted());
      expect((await owner.get(pathOf(kind, created.id))).body.stateChangedAt).toBe(instants.at(-1));
    });

    it('begins with a UUIDv7, its address, and instants in UTC 120 s apart', async () => {
      const owner = as('customer');
      const { status, headers, body } = await owner.post(ROUTES[kind], validBody(kind));
      expect(status).toBe(201);
      expect(body.id).toMatch(UUID_V7);
      expect(headers.get('location')).toBe(pathOf(kind, body.id));
      for (const instant of [body.createdAt, body.stateChangedAt, body.expiresAt])
        expect(instant).toMatch(ISO_UTC);
      const seconds = (Date.parse(body.expiresAt!) - Date.parse(body.createdAt!)) / 1000;
      expect(Math.abs(seconds - 120)).toBeLessThan(0.1);
      const read = await owner.get(headers.get('location')!);
      expect(read.body).toEqual({ ...body, status: expect.any(String), stateChangedAt: expect.any(String) });
    });

    it('ends with a cancel, which may be repeated and keeps its first reason', async () => {
      const owner = as('customer');
      const broadcast = await createBroadcast(owner, kind);
      const first = await post(owner, broadcast, 'cancel', { reason: '  found another ' });
      expect(first.status).toBe('cancelled');
      expect(await post(owner, broadcast, 'cancel', { reason: 'again' })).toEqual(first);
      expect(await post(as('operator'), broadcast, 'cancel')).toEqual(first);
      const last = (await historyOf(owner, broadcast)).filter(({ to }) => to === 'cancelled');
      expect(last).toEqual([expect.objectContaining({ by: owner.actor!.sub, reason: 'found another' })]);
    });

    it('can be cancelled when it is filled, and no longer when it is in progress or completed', async () => {
      const [owner, transporter] = [as('customer'), as('transporter')];
      const filled = await createBroadcast(owner, kind);
      await post(transporter, filled, 'accept', acceptBody(filled, 1));
      expect((await post(owner, filled, 'cancel')).status).toBe('cancelled');

      const started = await createBroadcast(owner, kind);
      await post(transporter, started, 'accept', acceptBody(started, 1));
      await post(transporter, started, 'start');
      for (const client of [owner, as('operator')]) {
        expect(await refusal(client, started, 'cancel')).toBe('409 INVALID_TRANSITION');
      }
      await post(transporter, started, 'complete');
      expect(await refusal(owner, started, 'cancel')).toBe('409 INVALID_TRANSITION');
    });

    it('is started and completed by a transporter who accepted or an operator, in this order, repeatably', async () => {
      const [owner, transporter, stranger, operator] = [
        as('customer'),
        as('transporter'),
        as('transporter'),
        as('operator'),
      ];
      const broadcast = await createBroadcast(owner, kind);
      await post(transporter, broadcast, 'accept', acceptBody(broadcast, 1));
      expect(await refusal(transporter, broadcast, 'complete')).toBe('409 INVALID_TRANSITION');
      for (const action of ['start', 'complete']) {
        for (const client of [stranger, owner, as('dispatcher')]) {
          expect(await refusal(client, broadcast, action)).toBe('403 FORBIDDEN');
        }
        await post(action === 'start' ? operator : transporter, broadcast, action);
        await post(transporter, broadcast, action);
      }
      // The transporter may have been faster than relay and dispatcher, whose steps are then left out.
      const steps = (await historyOf(owner, broadcast)).map(({ to }) => String(to));
      expect(steps.filter((to) => !['broadcasting', 'active'].includes(to))).toEqual([
        'created',
        'fully_filled',
        'in_progress',
        'completed',
      ]);
    });

    it('takes no accept once it has ended', async () => {
      const owner = as('customer');
      const broadcast = await createBroadcast(owner, kind);
      await post(owner, broadcast, 'cancel');
      expect(await refusal(as('transporter'), broadcast, 'accept', acceptBody(broadcast, 1))).toBe(
        '409 INVALID_TRANSITION',
      );
    });
  });
}
