import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { AnswerBody } from '../support/api-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { race } from '../support/race.ts';
import {
  acceptBody,
  clientOf,
  createBroadcast,
  type Kind,
  keyOf,
  newName,
  pathOf,
} from '../support/requests.ts';
import { listDoubles } from '../support/rows.ts';

const CUSTOMERS = 5;

/** Every pair of replicas of both kinds in turn: where it is created, and where it is ended. */
const TURNS: readonly { readonly kind: Kind; readonly from: number; readonly to: number }[] = [
  { kind: 'booking', from: 0, to: 1 },
  { kind: 'order', from: 1, to: 0 },
  { kind: 'booking', from: 1, to: 1 },
  { kind: 'order', from: 0, to: 1 },
];

/** @param cycles how many creates and ends of each of five customers */
export function describeFreeAtOnce({ cycles }: { readonly cycles: number }): void {
  describe('free at once', () => {
    let cluster: Cluster;

    beforeAll(async () => {
      cluster = await startCluster({ bookings: 2, orders: 2 });
    });

    afterAll(() => cluster.stop());

    type End = (broadcast: AnswerBody, kind: Kind, replica: number) => Promise<void>;

    /** By each customer so many times: create, end, and create again with nothing in between; the key tells the truth after each. */
    async function expectFreeAfterEach(end: (sub: string) => End): Promise<void> {
      const { fulfilled, rejected } = await race(CUSTOMERS, async () => {
        const sub = newName('customer');
        const clients = { booking: clientsOf('booking', sub), order: clientsOf('order', sub) };
        const endOne = end(sub);
        for (let cycle = 0; cycle < cycles; cycle++) {
          const { kind, from, to } = TURNS[cycle % TURNS.length]!;
          const broadcast = await createBroadcast(clients[kind][from]!, kind); // throws on a false 409
          expect(await cluster.redis.client.get(keyOf(sub))).toBe(`${kind}:${broadcast.id}`);
          await endOne(broadcast, kind, to);
          expect(await cluster.redis.client.get(keyOf(sub))).toBeNull();
        }
        return cycles;
      });
      expect(rejected).toEqual([]);
      expect(fulfilled.reduce((sum, done) => sum + done, 0)).toBe(CUSTOMERS * cycles);
      expect(await listDoubles(cluster.database)).toEqual([]);
    }

    const clientsOf = (kind: Kind, sub: string) =>
      [0, 1].map((replica) => clientOf(cluster, kind, { sub, replica }));

    it(`${CUSTOMERS * cycles} creates follow a cancel on another replica, alternating kinds, without a false 409`, async () => {
      await expectFreeAfterEach((sub) => async (broadcast, kind, replica) => {
        const answer = await clientOf(cluster, kind, { sub, replica }).post(
          pathOf(kind, broadcast.id, 'cancel'),
        );
        expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      });
    });

    it(`${CUSTOMERS * cycles} creates follow an accept that fills, on another replica, without a false 409`, async () => {
      await expectFreeAfterEach(() => async (broadcast, kind, replica) => {
        const transporter = clientOf(cluster, kind, { role: 'transporter', sub: 't1', replica });
        const answer = await transporter.post(pathOf(kind, broadcast.id, 'accept'), acceptBody(broadcast, 1));
        expect(answer).toMatchObject({ status: 200, body: { status: 'fully_filled' } });
      });
    });
  });
}
