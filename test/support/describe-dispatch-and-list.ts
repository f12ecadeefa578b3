import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { AnswerBody, ApiAnswer, ApiClient } from './api-client.ts';
import { type BorrowedCluster, borrowCluster } from './borrowed-cluster.ts';
import { acceptBody, clientOf, createBroadcast, type Kind, pathOf, ROUTES, TABLES } from './requests.ts';
import { waitFor } from './wait.ts';

const ROWS = 25;

/** A dispatcher of its own, and lists; the same for every kind. */
export function describeDispatchAndList(kind: Kind): void {
  let cluster: BorrowedCluster;

  beforeAll(async () => {
    cluster = await borrowCluster();
  });

  afterAll(() => cluster.stop());

  describe(`a ${kind} with an external dispatcher`, () => {
    const dispatched = ({ id }: AnswerBody, notified = 5): Promise<ApiAnswer> =>
      clientOf(cluster, kind, { role: 'dispatcher' }).post(pathOf(kind, id, 'dispatched'), { notified });

    it('waits in broadcasting for the report, which makes it active and may be repeated', async () => {
      const owner = clientOf(cluster, kind);
      const broadcast = await createBroadcast(owner, kind);
      const read = async () => (await owner.get(pathOf(kind, broadcast.id))).body;
      await waitFor(async () => (await read()).status === 'broadcasting');
      for (const notified of [5, 9]) {
        expect(await dispatched(broadcast, notified)).toMatchObject({
          status: 200,
          body: { status: 'active' },
        });
      }
      const { body } = await owner.get(pathOf(kind, broadcast.id, 'history'));
      expect(body.items!.map(({ to }) => to)).toEqual(['created', 'broadcasting', 'active']);
    });

    it('keeps its status when the report comes after the first accept', async () => {
      const broadcast = await createBroadcast(clientOf(cluster, kind), kind, 2);
      const transporter = clientOf(cluster, kind, { role: 'transporter' });
      await transporter.post(pathOf(kind, broadcast.id, 'accept'), acceptBody(broadcast, 1));
      for (let times = 0; times < 2; times++) {
        expect(await dispatched(broadcast)).toMatchObject({
          status: 200,
          body: { status: 'partially_filled' },
        });
      }
    });

    it('takes no report once it has been cancelled', async () => {
      const owner = clientOf(cluster, kind);
      const broadcast = await createBroadcast(owner, kind);
      await owner.post(pathOf(kind, broadcast.id, 'cancel'));
      expect(await dispatched(broadcast)).toMatchObject({
        status: 409,
        body: { code: 'INVALID_TRANSITION' },
      });
    });
  });

  describe(`the list of a customer's ${kind}s`, () => {
    const owner = (): ApiClient => clientOf(cluster, kind, { sub: 'lister' });
    let ids: string[];

    /** Some of them with the very same instant, which an order by time alone would confuse. */
    beforeAll(async () => {
      const rows = await cluster.database.query<{ id: string }>(
        `INSERT INTO ${TABLES[kind]} (customer_id, status, created_at)
         SELECT 'lister', CASE WHEN n % 5 = 0 THEN 'completed' ELSE 'cancelled' END,
                '2026-01-01'::timestamptz + (n / 3) * interval '1 second'
           FROM generate_series(1, ${ROWS}) n RETURNING id, created_at`,
      );
      const sorted = await cluster.database.query<{ id: string }>(
        `SELECT id FROM ${TABLES[kind]} WHERE customer_id = 'lister' ORDER BY created_at DESC, id DESC`,
      );
      ids = sorted.map(({ id }) => id);
      expect(rows).toHaveLength(ROWS);
    });

    async function walk(query: string, betweenPages: () => Promise<unknown> = () => Promise.resolve()) {
      const pages: string[][] = [];
      let cursor: string | null | undefined;
      do {
        const page = await owner().get(`${ROUTES[kind]}?${query}${cursor ? `&cursor=${cursor}` : ''}`);
        expect(page.status).toBe(200);
        pages.push(page.body.items!.map(({ id }) => String(id)));
        cursor = page.body.nextCursor;
        await betweenPages();
      } while (cursor);
      expect(cursor).toBeNull();
      return pages;
    }

    it.each([1, 2, 7, 24, 25, 100])('has every row once, newest first, in pages of %d', async (limit) => {
      const pages = await walk(`limit=${limit}`);
      expect(pages.flat()).toEqual(ids);
      expect(pages).toHaveLength(Math.ceil(ROWS / limit));
    });

    it('has 20 on a page unless it is told otherwise', async () => {
      expect((await walk('')).map((page) => page.length)).toEqual([20, 5]);
    });

    it('has those of one status when it is asked for', async () => {
      expect((await walk('status=completed&limit=2')).flat()).toHaveLength(5);
      expect((await walk('status=active')).flat()).toEqual([]);
    });

    it('is empty for a customer who has none', async () => {
      const { body } = await clientOf(cluster, kind).get(ROUTES[kind]);
      expect(body).toEqual({ items: [], nextCursor: null });
    });

    it('refuses the cursor of another customer’s row, and of a row that does not exist', async () => {
      const { body } = await owner().get(`${ROUTES[kind]}?limit=1`);
      const nowhere = Buffer.alloc(16, 7).toString('base64url');
      const stranger = clientOf(cluster, kind);
      for (const [client, cursor] of [
        [stranger, body.nextCursor],
        [stranger, nowhere],
        [owner(), nowhere],
      ] as const) {
        const answer = await client.get(`${ROUTES[kind]}?cursor=${cursor!}`);
        expect({ status: answer.status, code: answer.body.code }).toEqual({
          status: 400,
          code: 'VALIDATION_FAILED',
        });
        expect(answer.body.errors!.map(({ field }) => field)).toEqual(['cursor']);
      }
    });

    it.each(['', '&status=cancelled'])(
      'stays right while rows are added between its pages, asked with limit=4%s',
      async (filter) => {
        const before = (await walk(`limit=100${filter}`)).flat();
        const adding = owner();
        const pages = await walk(`limit=4${filter}`, async () => {
          const { id } = await createBroadcast(adding, kind);
          await adding.post(pathOf(kind, id, 'cancel'));
        });
        expect(pages.flat()).toEqual(before);
      },
    );
  });
}
