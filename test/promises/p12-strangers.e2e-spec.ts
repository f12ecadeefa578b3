import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { ApiClient, Role } from '../support/api-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import {
  acceptBody,
  clientOf,
  createBroadcast,
  type Kind,
  KINDS,
  newName,
  otherKind,
  pathOf,
  ROUTES,
  validBody,
} from '../support/requests.ts';

type Who =
  'owner' | 'another customer' | 'the transporter' | 'another transporter' | 'dispatcher' | 'operator';

const WHO: readonly Who[] = [
  'owner',
  'another customer',
  'the transporter',
  'another transporter',
  'dispatcher',
  'operator',
];

/** Status of each request, in the order of WHO; "the transporter" has accepted one of two trucks. */
const MATRIX: readonly (readonly [request: string, ...statuses: number[]])[] = [
  ['GET', 200, 404, 200, 404, 403, 200],
  ['GET history', 200, 404, 200, 404, 403, 200],
  ['GET the list', 200, 200, 403, 403, 403, 200],
  ['GET active-broadcast', 200, 204, 403, 403, 403, 403],
  ['POST a create', 409, 201, 403, 403, 403, 403],
  ['POST accept', 403, 403, 200, 200, 403, 403],
  ['POST dispatched', 403, 403, 403, 403, 200, 403],
  ['POST start', 403, 403, 409, 403, 403, 409],
  ['POST complete', 403, 403, 409, 403, 403, 409],
  ['POST cancel', 200, 404, 403, 403, 403, 200],
];

/** What no answer to another user may tell about a broadcast of the owner. */
const SECRETS = ['1 Mill Road', '2 Quay Street', 'steel'];

describe.each(KINDS)('customers are strangers: a %s', (kind) => {
  let cluster: BorrowedCluster;

  beforeAll(async () => {
    cluster = await borrowCluster();
  });

  afterAll(() => cluster.stop());

  function clientsFor(): Record<Who, ApiClient> {
    const as = (role: Role): ApiClient => clientOf(cluster, kind, { role });
    return {
      owner: as('customer'),
      'another customer': as('customer'),
      'the transporter': as('transporter'),
      'another transporter': as('transporter'),
      dispatcher: as('dispatcher'),
      operator: as('operator'),
    };
  }

  const CASES = MATRIX.flatMap(([request, ...statuses]) =>
    WHO.map((who, n) => ({ request, who, status: statuses[n]! })),
  );

  it.each(CASES)('answers $request by $who with $status', async ({ request, who, status }) => {
    const clients = clientsFor();
    const broadcast = await createBroadcast(clients.owner, kind, 3);
    const accept = acceptBody(broadcast, 1);
    await clients['the transporter'].post(pathOf(kind, broadcast.id, 'accept'), accept);

    const [method, ...rest] = request.split(' ');
    const action = rest.join(' ');
    const path = pathOf(kind, broadcast.id, action);
    const bodies: Record<string, unknown> = { accept, dispatched: { notified: 1 } };
    const paths: Record<string, string> = {
      'the list': ROUTES[kind],
      'active-broadcast': '/v1/active-broadcast',
      'a create': ROUTES[kind],
    };
    const answer =
      method === 'GET'
        ? await clients[who].get(paths[action] ?? path)
        : await clients[who].post(
            paths[action] ?? path,
            action === 'a create' ? validBody(kind) : bodies[action],
          );

    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.code).toBe('FORBIDDEN');
    if (status === 404) expect(answer.body.code).toBe('NOT_FOUND');
    if (status >= 400 && who !== 'owner') expectNothingOf(clients.owner.actor!.sub, answer.body);
    // A refused request has changed nothing.
    if (status >= 400) {
      const now = (await clients.operator.get(pathOf(kind, broadcast.id))).body;
      expect(now).toMatchObject({ status: 'partially_filled', trucksFilled: 1 });
    }
  });

  it('is not told apart, for a stranger, from one that does not exist', async () => {
    const clients = clientsFor();
    const { id } = await createBroadcast(clients.owner, kind);
    const nobodys = '01890000-0000-7000-8000-000000000000';
    for (const [method, action] of [
      ['get', ''],
      ['get', 'history'],
      ['post', 'cancel'],
    ] as const) {
      const [real, unreal] = await Promise.all(
        [id, nobodys].map((each) => clients['another customer'][method](pathOf(kind, each, action))),
      );
      expect(JSON.stringify(real!.body).replaceAll(id, nobodys)).toBe(JSON.stringify(unreal!.body));
    }
  });

  it('is listed to its owner and to operators only', async () => {
    const clients = clientsFor();
    const { id } = await createBroadcast(clients.owner, kind);
    const other = await createBroadcast(clients['another customer'], kind);
    const idsFor = async (who: Who): Promise<string[]> =>
      (await clients[who].get(`${ROUTES[kind]}?limit=100`)).body.items!.map((item) => String(item.id));
    expect(await idsFor('owner')).toEqual([id]);
    expect(await idsFor('another customer')).toEqual([other.id]);
    expect(await idsFor('operator')).toEqual(expect.arrayContaining([id, other.id]));
  });

  it('does not come into a list by the cursor of another customer', async () => {
    const clients = clientsFor();
    await createBroadcast(clients.owner, kind);
    await clients.owner.post(pathOf(kind, (await newest(clients.owner, kind)).id, 'cancel'));
    await createBroadcast(clients.owner, kind);
    const { nextCursor } = (await clients.owner.get(`${ROUTES[kind]}?limit=1`)).body;
    const own = await createBroadcast(clients['another customer'], kind);
    const first = (await clients['another customer'].get(ROUTES[kind])).body.items!;
    expect(first.map((item) => item.id)).toEqual([own.id]);
    // Refused like the cursor of a row that was never there: it does not even tell that there is one.
    const nowhere = Buffer.alloc(16, 7).toString('base64url');
    const refusals = await Promise.all(
      [nextCursor!, nowhere].map((cursor) =>
        clients['another customer'].get(`${ROUTES[kind]}?cursor=${cursor}`),
      ),
    );
    expect(refusals[0]).toMatchObject({ status: 400, body: { errors: [{ field: 'cursor' }] } });
    expect(refusals[0]!.body).toEqual(refusals[1]!.body);
  });

  it('blocks no other customer, and a 409 names only what is the asker’s own', async () => {
    const owner = clientOf(cluster, kind);
    const broadcast = await createBroadcast(owner, kind);
    const other = otherKind(kind);
    const stranger = newName('customer');
    const own = await createBroadcast(clientOf(cluster, other, { sub: stranger }), other);
    const refusal = await clientOf(cluster, kind, { sub: stranger }).post(ROUTES[kind], validBody(kind));
    expect(refusal.body.activeBroadcast).toMatchObject({ kind: other, id: own.id });
    expect(JSON.stringify(refusal.body)).not.toContain(broadcast.id);
    expectNothingOf(owner.actor!.sub, refusal.body);
  });

  it.each(['customer-1', 'a:b', '*', '{x}', "o'--", '../x', '%41', 'x'.repeat(128)])(
    'of the customer %s blocks no customer whose name resembles it',
    async (sub) => {
      const own = await createBroadcast(clientOf(cluster, kind, { sub }), kind);
      for (const similar of [
        `${sub.slice(0, 120)}0`,
        sub.slice(1) || '?',
        sub === '*' ? 'abc' : `${sub.slice(0, 3)}*`,
      ]) {
        const client = clientOf(cluster, kind, { sub: similar });
        const { id } = await createBroadcast(client, kind);
        expect((await client.post(pathOf(kind, id, 'cancel'))).status).toBe(200);
      }
      const mine = await clientOf(cluster, kind, { sub }).get('/v1/active-broadcast');
      expect(mine.status).toBe(200);
      await clientOf(cluster, kind, { sub }).post(pathOf(kind, own.id, 'cancel')); // the other kind is next
    },
  );

  async function newest(client: ApiClient, of: Kind): Promise<{ id: string }> {
    const { items } = (await client.get(`${ROUTES[of]}?limit=1`)).body;
    return { id: String(items![0]!.id) };
  }
});

function expectNothingOf(ownerId: string, body: unknown): void {
  const text = JSON.stringify(body);
  for (const secret of [ownerId, ...SECRETS]) expect(text).not.toContain(secret);
}
