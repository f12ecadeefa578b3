import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type ApiAnswer, createApiClient } from '../support/api-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { race } from '../support/race.ts';
import { ACTIVE_EXISTS_DETAIL, newName, ROUTES, validBody } from '../support/requests.ts';
import { listDoubles, listRows, repeat, watchForDoubles } from '../support/rows.ts';

const CALLS = 64;

/** @param customers how many, one after the other */
export function describeNeverTwo({ customers }: { readonly customers: number }): void {
  describe('never two', () => {
    let cluster: Cluster;

    beforeAll(async () => {
      cluster = await startCluster({ bookings: 2, orders: 2 });
    });

    afterAll(() => cluster.stop());

    /** 64 creates of one customer at once, spread over both kinds and all replicas. */
    async function createAtOnce(customerId: string): Promise<ApiAnswer[]> {
      const actor = { sub: customerId, role: 'customer' } as const;
      const targets = [
        ...cluster.bookings.map(({ url }) => ['booking', createApiClient(url, actor)] as const),
        ...cluster.orders.map(({ url }) => ['order', createApiClient(url, actor)] as const),
      ];
      const { fulfilled, rejected } = await race(CALLS, (index) => {
        const [kind, client] = targets[index % targets.length]!;
        return client.post(ROUTES[kind], validBody(kind));
      });
      expect(rejected).toEqual([]);
      return fulfilled;
    }

    async function expectOneWinner(customerId: string): Promise<void> {
      const answers = await createAtOnce(customerId);
      const winners = answers.filter(({ status }) => status === 201);
      expect(winners).toHaveLength(1);
      const id = winners[0]!.body.id;
      for (const { status, body } of answers.filter((answer) => answer !== winners[0])) {
        expect({ status, code: body.code, detail: body.detail }).toEqual({
          status: 409,
          code: 'ORDER_ACTIVE_EXISTS',
          detail: ACTIVE_EXISTS_DETAIL,
        });
        // Null while the winner was still in flight, and never anybody else.
        expect([undefined, id]).toContain(body.activeBroadcast?.id);
      }
      const rows = await listRows(cluster.database, customerId);
      expect(rows.map((row) => row.id)).toEqual([id]);
    }

    async function expectOneWinnerEach(prefix: string): Promise<void> {
      const watch = watchForDoubles(cluster.database);
      try {
        for (let n = 0; n < customers; n++) await expectOneWinner(newName(prefix));
      } finally {
        const { looks, doubles } = await watch.stop();
        expect(doubles).toEqual([]);
        expect(looks).toBeGreaterThan(customers);
      }
      expect(await listDoubles(cluster.database)).toEqual([]);
    }

    it(`64 creates at once over both services and two replicas each have one winner, for each of ${customers} customers`, async () => {
      await expectOneWinnerEach('calm');
    });

    it('the same with Redis flushed over and over meanwhile', async () => {
      const flushes = repeat(
        () => cluster.redis.client.flushall(),
        () => undefined,
      );
      try {
        await expectOneWinnerEach('flushed');
      } finally {
        await flushes.stop();
      }
    });

    it('the same with the locks and keys deleted one by one meanwhile', async () => {
      const deletions = repeat(
        async () => {
          const keys = await cluster.redis.client.keys('*customer*');
          if (keys.length > 0) await cluster.redis.client.del(keys);
        },
        () => undefined,
      );
      try {
        await expectOneWinnerEach('deleted');
      } finally {
        await deletions.stop();
      }
    });

    it('the same with Redis gone', async () => {
      await cluster.redis.kill();
      try {
        await expectOneWinnerEach('without-redis');
      } finally {
        await cluster.redis.restart();
      }
    });
  });
}
