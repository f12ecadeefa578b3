import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { lastValueFrom, timeout, toArray } from 'rxjs';

import type { Actor, AnswerBody, Role } from '../support/api-client.ts';
import { type BroadcastCaller, refusalOf, startCaller } from '../support/broadcast-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { createNestClient } from '../support/nest-client.ts';
import { acceptBody, type Kind, KINDS, newName, TABLES, validBody } from '../support/requests.ts';
import { listRows, makeOverdue } from '../support/rows.ts';
import { waitFor } from '../support/wait.ts';

const AT_ONCE = 50;

const as = (role: Role): Actor => ({ sub: newName(role), role });

/** @param batches of 50 creates at once each, one after the other */
export function describeOneEffect({ batches }: { readonly batches: number }): void {
  describe('P11: a request over the Redis transport with three replicas', () => {
    let cluster: Cluster;
    let caller: BroadcastCaller;
    /** Hears every reply, also those that no caller waits for any more. */
    let listener: Redis;
    const replies: { readonly channel: string; readonly err?: unknown }[] = [];

    beforeAll(async () => {
      cluster = await startCluster({
        bookings: 3,
        orders: 3,
        env: { EXPIRY_MODE: 'external', DISPATCHER_MODE: 'external' },
      });
      caller = await startCaller(cluster, {}, createNestClient(cluster.redis.url));
      listener = new Redis(cluster.redis.url);
      listener.on('message', (channel, message) => {
        replies.push({ channel, ...(JSON.parse(message) as object) });
      });
      const actions = ['create', 'get', 'cancel', 'accept', 'expire-due'];
      const channels = KINDS.flatMap((kind) => actions.map((action) => `${kind}.${action}.reply`));
      await listener.subscribe(...channels, 'customer-broadcast.find-active.reply');
    });

    afterAll(async () => {
      listener.disconnect();
      await caller.stop();
      await cluster.stop();
    });

    /** Every answer that one request gets until its stream ends; the raw client, because ours takes the first. */
    const answersTo = (pattern: string, payload: object): Promise<AnswerBody[]> =>
      lastValueFrom(caller.proxy.send<AnswerBody>(pattern, payload).pipe(timeout(10_000), toArray()));

    /**
     * Whoever else would answer is as fast as the one who did: a request behind it finds all of its answers.
     *
     * @returns what was published on the channel since the last time
     */
    async function settle(channel = ''): Promise<typeof replies> {
      const isMark = (reply: { readonly channel: string }): boolean => reply.channel.includes('find-active');
      const marks = replies.filter(isMark).length;
      await answersTo('customer-broadcast.find-active', { actor: as('customer') });
      await waitFor(() => replies.filter(isMark).length > marks);
      return replies.splice(0).filter((reply) => reply.channel === channel);
    }

    /** Makes the requests at once, and looks that each was answered once, on the wire too. */
    async function askAll(pattern: string, payloads: readonly object[]): Promise<AnswerBody[]> {
      await settle();
      const answers = await Promise.all(payloads.map((payload) => answersTo(pattern, payload)));
      for (const one of answers) expect(one).toHaveLength(1);
      expect(await settle(`${pattern}.reply`)).toHaveLength(payloads.length);
      return answers.flat();
    }

    const createMany = (kind: Kind, count: number, trucks = 1): Promise<AnswerBody[]> =>
      askAll(
        `${kind}.create`,
        Array.from({ length: count }, () => ({ ...validBody(kind, trucks), actor: as('customer') })),
      );

    const customerOf = ({ customerId }: AnswerBody): Actor => ({ sub: customerId!, role: 'customer' });

    it(`is carried out once and answered once, ${AT_ONCE * batches} times`, async () => {
      for (let batch = 0; batch < batches; batch += 1) await createMany('booking', AT_ONCE);
      const [row] = await cluster.database.query(
        `SELECT count(*)::integer AS rows, count(DISTINCT customer_id)::integer AS customers FROM bookings`,
      );
      const all = AT_ONCE * batches;
      expect(row).toEqual({ rows: all, customers: all });
    });

    describe.each(KINDS)('about a %s', (kind) => {
      it('creates one row', async () => {
        const created = await createMany(kind, 30);
        for (const { id, customerId } of created) {
          expect(await listRows(cluster.database, customerId!)).toMatchObject([{ kind, id }]);
        }
      });

      it('is answered by one refusal when the customer has a broadcast', async () => {
        const [active] = await createMany(kind, 1);
        const actor = customerOf(active!);
        const calls = Array.from({ length: 20 }, () =>
          refusalOf(caller.kinds[kind].create(actor, validBody(kind))),
        );
        for (const refusal of await Promise.all(calls)) {
          expect(refusal).toMatchObject({ code: 'ORDER_ACTIVE_EXISTS', status: 409 });
          expect(refusal.activeBroadcast).toMatchObject({ kind, id: active!.id });
        }
      });

      it('reads and finds with one answer', async () => {
        const created = await createMany(kind, 10);
        const read = await askAll(
          `${kind}.get`,
          created.map((broadcast) => ({ id: broadcast.id, actor: customerOf(broadcast) })),
        );
        expect(read.map(({ id }) => id)).toEqual(created.map(({ id }) => id));
        const found = await Promise.all(
          created.map((broadcast) =>
            answersTo('customer-broadcast.find-active', { actor: customerOf(broadcast) }),
          ),
        );
        expect(found.map((answers) => answers.map(({ id }) => id))).toEqual(created.map(({ id }) => [id]));
      });

      it('counts the trucks of each accept once', async () => {
        const created = await createMany(kind, 10, 12);
        const offers = created.flatMap((broadcast) =>
          [1, 2, 3].map((trucks) => ({
            id: broadcast.id,
            ...acceptBody(broadcast, trucks),
            actor: as('transporter'),
          })),
        );
        await askAll(`${kind}.accept`, offers);
        for (const { customerId } of created) {
          expect(await listRows(cluster.database, customerId!)).toMatchObject([{ trucks_filled: 6 }]);
        }
      });

      it('cancels with one terminal event', async () => {
        const created = await createMany(kind, 20);
        const cancelled = await askAll(
          `${kind}.cancel`,
          created.map((broadcast) => ({ id: broadcast.id, actor: customerOf(broadcast) })),
        );
        expect(new Set(cancelled.map(({ status }) => status))).toEqual(new Set(['cancelled']));
        const ids = created.map(({ id }) => id);
        const steps = `SELECT broadcast_id FROM customer_broadcast_transitions WHERE to_status = 'cancelled' AND broadcast_id = ANY($1)`;
        expect(await cluster.database.query(steps, [ids])).toHaveLength(20);
        const events = `SELECT broadcast_id FROM customer_broadcast_outbox WHERE type = 'terminal' AND broadcast_id = ANY($1)`;
        expect(await cluster.database.query(events, [ids])).toHaveLength(20);
      });

      it('expires each row once, and counts it once', async () => {
        const created = await createMany(kind, 20);
        for (const { id } of created) await makeOverdue(cluster.database, kind, id);
        const runs = await askAll(
          `${kind}.expire-due`,
          Array.from({ length: 10 }, () => ({ actor: as('operator') })),
        );
        expect(runs.reduce((sum, run) => sum + Number(run.expired), 0)).toBe(20);
        const rows = await cluster.database.query(
          `SELECT id FROM ${TABLES[kind]} WHERE status = 'expired' AND id = ANY($1)`,
          [created.map(({ id }) => id)],
        );
        expect(rows).toHaveLength(20);
      });

      it('is carried out once when its packet comes twice', async () => {
        const actor = as('customer');
        const packet = JSON.stringify({
          pattern: `${kind}.create`,
          id: newName('packet'),
          data: { ...validBody(kind), actor },
        });
        await settle();
        for (let copy = 0; copy < 10; copy += 1) await cluster.redis.client.publish(`${kind}.create`, packet);
        await waitFor(async () => (await listRows(cluster.database, actor.sub)).length > 0);
        const own = await waitFor(async () => {
          const some = await settle(`${kind}.create.reply`);
          return some.length > 0 && some;
        });
        expect(own).toEqual([
          expect.objectContaining({ response: expect.objectContaining({ customerId: actor.sub }) }),
        ]);
      });

      it('goes by its channel, whatever pattern the packet names', async () => {
        const actor = as('customer');
        const packet = {
          pattern: `${kind}.cancel`,
          id: newName('packet'),
          data: { ...validBody(kind), actor },
        };
        await cluster.redis.client.publish(`${kind}.create`, JSON.stringify(packet));
        await waitFor(async () => (await listRows(cluster.database, actor.sub)).length === 1);
      });

      it('does nothing without an id, and without being a packet', async () => {
        const actor = as('customer');
        const data = { ...validBody(kind), actor };
        for (const message of [{ pattern: `${kind}.create`, data }, data, { ...data, id: 'flat' }]) {
          await cluster.redis.client.publish(`${kind}.create`, JSON.stringify(message));
        }
        await createMany(kind, 1);
        expect(await listRows(cluster.database, actor.sub)).toEqual([]);
      });
    });
  });
}
