import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { race } from '../support/race.ts';
import {
  acceptBody,
  clientOf,
  createBroadcast,
  KINDS,
  newName,
  otherKind,
  pathOf,
  ROUTES,
  TABLES,
  validBody,
} from '../support/requests.ts';
import { countExpiries, listRows, makeOverdue } from '../support/rows.ts';
import { waitFor } from '../support/wait.ts';

describe('the deadline, with no worker', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ env: { EXPIRY_MODE: 'external', BROADCAST_TIMEOUT_SECONDS: '2' } });
  });

  afterAll(() => cluster.stop());

  it('passes without anything being expired by itself', async () => {
    const kinds = await Promise.all(
      KINDS.map(async (kind) => {
        const { id } = await createBroadcast(clientOf(cluster, kind), kind);
        return { kind, id };
      }),
    );
    for (const { kind, id } of kinds) {
      // Two of the worker's intervals past the deadline, by the database's clock.
      const [row] = await waitFor(async () => {
        const rows = await cluster.database.query<{ status: string }>(
          `SELECT status FROM ${TABLES[kind]}
            WHERE id = $1 AND clock_timestamp() > expires_at + interval '2 seconds'`,
          [id],
        );
        return rows.length === 1 && rows;
      });
      expect(row!.status).toBe('active');
    }
  });

  describe.each(KINDS)('of a %s', (kind) => {
    it.each(KINDS)('is enforced by the create of a %s that meets it', async (asked) => {
      const sub = newName('customer');
      const overdue = await createBroadcast(clientOf(cluster, kind, { sub }), kind);
      await makeOverdue(cluster.database, kind, overdue.id);
      const client = clientOf(cluster, asked, { sub });
      const answer = await client.post(ROUTES[asked], validBody(asked));
      expect(answer.status).toBe(201);
      expect(await listRows(cluster.database, sub)).toEqual([
        expect.objectContaining({ id: overdue.id, status: 'expired' }),
        expect.objectContaining({ id: answer.body.id, kind: asked }),
      ]);
      const history = await clientOf(cluster, kind, { sub }).get(pathOf(kind, overdue.id, 'history'));
      expect(history.body.items!.at(-1)).toMatchObject({ to: 'expired', by: 'system:create' });
    });

    it('is met by 16 creates at once, of which one wins and the broadcast expires once', async () => {
      const sub = newName('customer');
      const { id } = await createBroadcast(clientOf(cluster, kind, { sub }), kind);
      await makeOverdue(cluster.database, kind, id);
      const { fulfilled } = await race(16, (n) => {
        const asked = n % 2 === 0 ? kind : otherKind(kind);
        return clientOf(cluster, asked, { sub }).post(ROUTES[asked], validBody(asked));
      });
      expect(fulfilled.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(15).fill(409)]);
      expect(await countExpiries(cluster.database, [id])).toBe(1);
    });

    it('hides the broadcast from active-broadcast of either service', async () => {
      const sub = newName('customer');
      const { id } = await createBroadcast(clientOf(cluster, kind, { sub }), kind);
      const ask = (asked: typeof kind) => clientOf(cluster, asked, { sub }).get('/v1/active-broadcast');
      for (const asked of KINDS) expect(await ask(asked)).toMatchObject({ status: 200, body: { kind, id } });
      await makeOverdue(cluster.database, kind, id);
      for (const asked of KINDS) expect((await ask(asked)).status).toBe(204);
    });

    it('refuses accept, the repeated accept included, and dispatched', async () => {
      const broadcast = await createBroadcast(clientOf(cluster, kind), kind, 3);
      const transporter = clientOf(cluster, kind, { role: 'transporter' });
      const accept = (client = transporter) =>
        client.post(pathOf(kind, broadcast.id, 'accept'), acceptBody(broadcast, 1));
      expect((await accept()).status).toBe(200);
      await makeOverdue(cluster.database, kind, broadcast.id);
      const answers = [
        await accept(),
        await accept(clientOf(cluster, kind, { role: 'transporter' })),
        await clientOf(cluster, kind, { role: 'dispatcher' }).post(pathOf(kind, broadcast.id, 'dispatched'), {
          notified: 1,
        }),
      ];
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 409, body: { code: 'INVALID_TRANSITION' } });
      const [row] = await listRows(cluster.database, broadcast.customerId!);
      expect(row!.trucks_filled).toBe(1);
    });

    it('does not keep its owner from cancelling', async () => {
      const owner = clientOf(cluster, kind);
      const { id } = await createBroadcast(owner, kind);
      await makeOverdue(cluster.database, kind, id);
      expect((await owner.post(pathOf(kind, id, 'cancel'))).body.status).toBe('cancelled');
    });
  });
});
