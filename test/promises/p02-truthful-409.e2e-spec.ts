import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { ApiAnswer, ApiClient } from '../support/api-client.ts';
import { holdWriters } from '../support/hold.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import {
  ACTIVE_EXISTS_DETAIL,
  clientOf,
  createBroadcast,
  type Kind,
  keyOf,
  KINDS,
  newName,
  otherKind,
  pathOf,
  ROUTES,
  TABLES,
  validBody,
} from '../support/requests.ts';

/** Which kind is on the air, and which is asked for. */
const PAIRS = KINDS.flatMap((active) => KINDS.map((asked) => ({ active, asked })));

describe('a truthful 409', () => {
  let cluster: BorrowedCluster;

  beforeAll(async () => {
    cluster = await borrowCluster();
  });

  afterAll(() => cluster.stop());

  /** The clients of one new customer, by the kind that their service owns. */
  function newCustomer(): Record<Kind, ApiClient> & { readonly sub: string } {
    const sub = newName('customer');
    return {
      sub,
      booking: clientOf(cluster, 'booking', { sub }),
      order: clientOf(cluster, 'order', { sub }),
    };
  }

  const create = (client: ApiClient, kind: Kind): Promise<ApiAnswer> =>
    client.post(ROUTES[kind], validBody(kind));

  async function expectCreatedWithinASecond(client: ApiClient, kind: Kind): Promise<ApiAnswer> {
    const startedAt = performance.now();
    const answer = await create(client, kind);
    expect(answer.status).toBe(201);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    return answer;
  }

  describe.each(PAIRS)('while a $active is on the air, to a create of a $asked', ({ active, asked }) => {
    it('names the broadcast, its status, its deadline and when to come back', async () => {
      const customer = newCustomer();
      const broadcast = await createBroadcast(customer[active], active);
      const { status, body, headers } = await create(customer[asked], asked);
      expect(status).toBe(409);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body).toMatchObject({
        status: 409,
        code: 'ORDER_ACTIVE_EXISTS',
        detail: ACTIVE_EXISTS_DETAIL,
        type: expect.any(String),
        title: expect.any(String),
        instance: ROUTES[asked],
        activeBroadcast: {
          kind: active,
          id: broadcast.id,
          status: expect.stringMatching(/^(created|broadcasting|active)$/),
          expiresAt: broadcast.expiresAt,
          cancel: { method: 'POST', href: pathOf(active, broadcast.id, 'cancel') },
        },
      });
      const secondsLeft = (Date.parse(broadcast.expiresAt!) - Date.now()) / 1000;
      const retryAfter = Number(headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(secondsLeft - 2);
      expect(retryAfter).toBeLessThan(secondsLeft + 2);
    });

    it('has a cancel link that frees the customer', async () => {
      const customer = newCustomer();
      await createBroadcast(customer[active], active);
      const { cancel } = (await create(customer[asked], asked)).body.activeBroadcast!;
      expect(cancel.method).toBe('POST');
      expect((await customer[active].post(cancel.href)).body.status).toBe('cancelled');
      await expectCreatedWithinASecond(customer[asked], asked);
    });

    it('comes without the key too', async () => {
      const customer = newCustomer();
      const { id } = await createBroadcast(customer[active], active);
      expect(await cluster.redis.client.del(keyOf(customer.sub))).toBe(1);
      const { status, body } = await create(customer[asked], asked);
      expect({ status, id: body.activeBroadcast?.id }).toEqual({ status: 409, id });
    });

    it('is not given for a key whose deletion was lost', async () => {
      const customer = newCustomer();
      const { id } = await createBroadcast(customer[active], active);
      const key = await cluster.redis.client.get(keyOf(customer.sub));
      await customer[active].post(pathOf(active, id, 'cancel'));
      await cluster.redis.client.set(keyOf(customer.sub), key!, 'EX', 180);
      const { body } = await expectCreatedWithinASecond(customer[asked], asked);
      expect(await cluster.redis.client.get(keyOf(customer.sub))).toBe(`${asked}:${body.id}`);
    });
  });

  describe.each(KINDS)('to a create of a %s', (kind) => {
    it.each([
      ['of a broadcast that never was', 'booking:01890000-0000-7000-8000-000000000000'],
      ['of an unknown kind', 'parcel:01890000-0000-7000-8000-000000000000'],
      ['that is garbage', '}{ not ours \u0000'],
      ['that is empty', ''],
      ['that is very long', 'x'.repeat(100_000)],
    ])('is not given for a key %s', async (_, value) => {
      const customer = newCustomer();
      await cluster.redis.client.set(keyOf(customer.sub), value);
      const { body } = await expectCreatedWithinASecond(customer[kind], kind);
      expect(await cluster.redis.client.get(keyOf(customer.sub))).toBe(`${kind}:${body.id}`);
    });

    it('is not given for a key that is no string', async () => {
      const customer = newCustomer();
      await cluster.redis.client.rpush(keyOf(customer.sub), 'a', 'b');
      await expectCreatedWithinASecond(customer[kind], kind);
    });

    it('has a null broadcast while the other create is in flight', async () => {
      const customer = newCustomer();
      // The first create holds the customer's lock until its insert may go on.
      const held = await holdWriters(cluster.database, {
        table: TABLES[kind],
        on: 'INSERT',
        at: 'statement',
        when: `NEW.customer_id = '${customer.sub}'`,
      });
      const first = create(customer[kind], kind);
      await held.reached();
      for (const asked of [kind, otherKind(kind)]) {
        const { status, body, headers } = await create(customer[asked], asked);
        expect(status).toBe(409);
        expect(body).toMatchObject({ code: 'ORDER_ACTIVE_EXISTS', detail: ACTIVE_EXISTS_DETAIL });
        expect(body.activeBroadcast).toBeNull();
        expect(headers.get('retry-after')).toBe('1');
      }
      await held.release();
      expect((await first).status).toBe(201);
    });
  });
});
