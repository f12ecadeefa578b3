import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { ApiAnswer, ApiClient } from '../support/api-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import {
  acceptBody,
  clientOf,
  createBroadcast,
  keyOf,
  KINDS,
  lockOf,
  pathOf,
  ROUTES,
  validBody,
} from '../support/requests.ts';
import { listRows } from '../support/rows.ts';
import {
  malformedCreates,
  NOT_COUNT,
  NOT_ITEM_ID,
  NOT_NOTIFIED,
  NOT_REASON,
  unknown,
  wrong,
} from './malformed-bodies.ts';

/** Refused with the field, and with what is inside of it, and with nothing else. */
function expectRefusal({ status, body, headers }: ApiAnswer, field: string): void {
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
  expect(headers.get('content-type')).toContain('application/problem+json');
  const fields = body.errors!.map((error) => error.field);
  expect(fields).toContain(field);
  expect(fields.filter((name) => name !== field && !name.startsWith(`${field}.`))).toEqual([]);
  for (const { message } of body.errors!) expect(message).not.toBe('');
}

describe.each(KINDS)('input of a %s', (kind) => {
  let cluster: BorrowedCluster;

  beforeAll(async () => {
    cluster = await borrowCluster();
  });

  afterAll(() => cluster.stop());

  async function expectNothingLeft(client: ApiClient): Promise<void> {
    const { sub } = client.actor!;
    expect(await listRows(cluster.database, sub)).toEqual([]);
    expect(await cluster.redis.client.exists(keyOf(sub), lockOf(sub))).toBe(0);
  }

  describe('to create', () => {
    it.each(malformedCreates(kind))(
      'is refused, and leaves nothing behind, for %s',
      async (_, field, body) => {
        const client = clientOf(cluster, kind);
        expectRefusal(await client.post(ROUTES[kind], body), field);
        await expectNothingLeft(client);
        expect((await client.post(ROUTES[kind], validBody(kind))).status).toBe(201);
      },
    );

    it.each([
      ['a list', '[]'],
      ['a text', '"x"'],
      ['a number', '5'],
      ['null', 'null'],
      ['half a body', '{"pickup":'],
      ['no JSON at all', 'pickup=1'],
      ['a body nested 10,000 deep', `{"pickup":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ])('is refused for %s', async (_, body) => {
      const client = clientOf(cluster, kind);
      expectRefusal(await client.post(ROUTES[kind], body), 'body');
      await expectNothingLeft(client);
      expect((await client.post(ROUTES[kind], validBody(kind))).status).toBe(201);
    });

    it('is refused without a body, with every field that is needed', async () => {
      const client = clientOf(cluster, kind);
      const { status, body } = await client.post(ROUTES[kind]);
      expect(status).toBe(400);
      const fields = new Set(body.errors!.map(({ field }) => field));
      const own = kind === 'booking' ? ['trucksNeeded', 'vehicleType'] : ['items'];
      expect([...fields].sort()).toEqual(['drop', 'pickup', ...own].sort());
      await expectNothingLeft(client);
    });

    it('takes the extremes of each field, trimmed', async () => {
      const address = `  ${'é'.repeat(500)}  `;
      const place = { latitude: -90, longitude: 180, address };
      const { status, body } = await clientOf(cluster, kind).post(ROUTES[kind], {
        ...validBody(kind, 100),
        pickup: place,
        drop: { ...place, latitude: 90, longitude: -180 },
        goodsType: '🚚'.repeat(500),
        weightKg: 0.001,
      });
      expect(status).toBe(201);
      expect(body).toMatchObject({ trucksNeeded: 100, pickup: { ...place, address: address.trim() } });
    });
  });

  describe('to an action', () => {
    it('is refused for each malformed field, and changes nothing', async () => {
      const owner = clientOf(cluster, kind);
      const broadcast = await createBroadcast(owner, kind, 5);
      const accept = acceptBody(broadcast, 1);
      const transporter = clientOf(cluster, kind, { role: 'transporter' });
      const dispatcher = clientOf(cluster, kind, { role: 'dispatcher' });
      const attempts = [
        ...wrong(accept, 'trucks', NOT_COUNT).map((attempt) => [transporter, 'accept', attempt] as const),
        ...(kind === 'order' ? wrong(accept, 'itemId', NOT_ITEM_ID) : []).map(
          (attempt) => [transporter, 'accept', attempt] as const,
        ),
        ...unknown(accept, '', ['x', 'transporterId', '__proto__']).map(
          (attempt) => [transporter, 'accept', attempt] as const,
        ),
        ...[
          ...wrong({ notified: 1 }, 'notified', NOT_NOTIFIED),
          ...unknown({ notified: 1 }, '', ['status']),
        ].map((attempt) => [dispatcher, 'dispatched', attempt] as const),
        ...[...wrong({}, 'reason', NOT_REASON), ...unknown({}, '', ['by', 'constructor'])].map(
          (attempt) => [owner, 'cancel', attempt] as const,
        ),
        ...['start', 'complete'].flatMap((action) =>
          unknown({}, '', ['x']).map(
            (attempt) => [clientOf(cluster, kind, { role: 'operator' }), action, attempt] as const,
          ),
        ),
      ];
      const before = (await owner.get(pathOf(kind, broadcast.id))).body;
      for (const [client, action, [title, field, body]] of attempts) {
        const answer = await client.post(pathOf(kind, broadcast.id, action), body);
        expect({ action, title, status: answer.status }).toEqual({ action, title, status: 400 });
        expectRefusal(answer, field);
      }
      expect((await owner.get(pathOf(kind, broadcast.id))).body).toEqual({
        ...before,
        status: expect.any(String),
        stateChangedAt: expect.any(String),
      });
      expect((await owner.post(pathOf(kind, broadcast.id, 'cancel'))).body.trucksFilled).toBe(0);
    });

    it('that is an id, and no UUID of ours, is not found', async () => {
      const operator = clientOf(cluster, kind, { role: 'operator' });
      for (const id of [
        '1',
        'null',
        "' OR 1=1",
        '%00',
        '01890000-0000-7000-8000-000000000000',
        'x'.repeat(400),
      ]) {
        const path = pathOf(kind, encodeURIComponent(id));
        expect({ id, status: (await operator.get(path)).status }).toEqual({ id, status: 404 });
        expect({ id, status: (await operator.post(`${path}/cancel`)).status }).toEqual({ id, status: 404 });
      }
    });
  });

  it.each([
    ['limit', 'limit=0'],
    ['limit', 'limit=101'],
    ['limit', 'limit=-1'],
    ['limit', 'limit=1.5'],
    ['limit', 'limit=ten'],
    ['limit', 'limit='],
    ['limit', 'limit=0x10'],
    ['limit', 'limit=1e1'],
    ['limit', 'limit=1&limit=2'],
    ['cursor', 'cursor='],
    ['cursor', 'cursor=not-a-cursor'],
    ['cursor', `cursor=${'A'.repeat(101)}`],
    ['cursor', 'cursor=%00'],
    ['cursor', 'cursor=a&cursor=b'],
    ['status', 'status='],
    ['status', 'status=open'],
    ['status', 'status=active&status=created'],
    ['offset', 'offset=1'],
    ['customerId', 'customerId=c1'],
  ])('to list is refused with the field %s for ?%s', async (field, query) => {
    expectRefusal(await clientOf(cluster, kind).get(`${ROUTES[kind]}?${query}`), field);
  });
});
