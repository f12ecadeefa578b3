import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect, TEST_KIND, type TestBooking } from '../../test/data-source.ts';
import { CURSOR_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastInputException, BroadcastNotFoundException } from '../exceptions/broadcast.exceptions.ts';
import { ActiveBroadcastRepository } from '../check/active-broadcast.repository.ts';
import { BroadcastHistoryRepository } from './broadcast-history.repository.ts';
import {
  type BroadcastList,
  type BroadcastListQuery,
  BroadcastReaderService,
} from './broadcast-reader.service.ts';
import { BroadcastRepository } from './broadcast.repository.ts';

/** A list of every customer's. */
const ALL = null;

describe('the list of broadcasts', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let reader: BroadcastReaderService;
  /** Of c1, newest first. */
  let own: string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
    reader = new BroadcastReaderService(
      new BroadcastRepository(dataSource),
      new BroadcastHistoryRepository(dataSource),
      new ActiveBroadcastRepository(dataSource),
    );
  });

  beforeEach(async () => {
    await database.query('TRUNCATE bookings');
    await add('c2', 'cancelled', 3);
    own = [...(await add('c1', 'created', 1)), ...(await add('c1', 'cancelled', 4))];
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Newest first; those of one call have the same `created_at`, where the id decides. */
  async function add(customerId: string, status: string, count: number): Promise<string[]> {
    const rows = await database.query<{ id: string }>(
      `INSERT INTO bookings (id, customer_id, status, created_at)
       SELECT gen_random_uuid(), $1, $2, CASE $2 WHEN 'created' THEN now() ELSE now() - interval '1 hour' END
         FROM generate_series(1, $3) RETURNING id`,
      [customerId, status, count],
    );
    return rows.map(({ id }) => id).sort((a, b) => (a < b ? 1 : -1));
  }

  const list = (
    query: BroadcastListQuery,
    ownedBy: string | null = 'c1',
  ): Promise<BroadcastList<TestBooking>> => reader.list(TEST_KIND, query, ownedBy ?? undefined);

  const idsOf = ({ items }: BroadcastList<TestBooking>): string[] => items.map(({ id }) => id);

  async function walk(limit: number, ownedBy: string | null = 'c1'): Promise<string[][]> {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ limit, cursor }, ownedBy);
      pages.push(idsOf(page));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && pages.length < 20);
    return pages;
  }

  it('is the customer’s own, newest first, at most 20 at once', async () => {
    expect(idsOf(await list({}))).toEqual(own);
    await add('c1', 'cancelled', 20);
    expect(await list({})).toMatchObject({ items: { length: 20 }, nextCursor: expect.any(String) });
  });

  it.each([1, 2, 3, 4, 5, 100])('comes whole and without repetition in pages of %d', async (limit) => {
    const pages = await walk(limit);
    expect(pages.flat()).toEqual(own);
    expect(pages).toHaveLength(Math.ceil(own.length / limit));
  });

  it('goes on at the same place when broadcasts were added in between', async () => {
    const first = await list({ limit: 3 });
    await database.query(`UPDATE bookings SET status = 'cancelled'`);
    await add('c1', 'created', 1);
    const second = await list({ limit: 3, cursor: first.nextCursor! });
    expect([...idsOf(first), ...idsOf(second)]).toEqual(own);
  });

  it('has the cursor only as long as there is more', async () => {
    expect((await list({ limit: own.length })).nextCursor).toBeNull();
    expect((await list({ limit: own.length - 1 })).nextCursor).toMatch(/^[\w-]{22}$/);
  });

  it('can be of one status', async () => {
    expect(idsOf(await list({ status: 'created' }))).toEqual(own.slice(0, 1));
    expect(idsOf(await list({ status: 'expired' }))).toEqual([]);
  });

  it('is every customer’s where no customer is named', async () => {
    expect((await walk(3, ALL)).flat()).toHaveLength(8);
  });

  it.each(['', 'x', '%%%', 'a'.repeat(21), 'a'.repeat(23), '42', '0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b'])(
    'refuses %j as a cursor',
    async (cursor) => {
      const refusal = await list({ cursor }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(BroadcastInputException);
      expect(refusal).toMatchObject({ details: { errors: [{ field: 'cursor' }] } });
    },
  );

  const fieldsRefused = async (
    query: BroadcastListQuery,
    ownedBy: string | null = 'c1',
  ): Promise<unknown> => {
    const refusal = await list(query, ownedBy).catch((error: unknown) => error);
    return refusal instanceof BroadcastInputException ? refusal.details.errors : refusal;
  };
  const CURSOR_REFUSED = [{ field: 'cursor', message: CURSOR_TEXT }];

  it('refuses the cursor of a broadcast that is gone, with and without rows after it', async () => {
    const { nextCursor } = await list({ limit: 1 });
    await database.query('DELETE FROM bookings WHERE id = $1', [own[0]]);
    expect(await fieldsRefused({ cursor: nextCursor! })).toEqual(CURSOR_REFUSED);
    expect(await fieldsRefused({ cursor: nextCursor! }, ALL)).toEqual(CURSOR_REFUSED);
  });

  it('refuses the cursor of somebody else’s broadcast', async () => {
    const { nextCursor } = await list({ limit: 1 });
    expect(await fieldsRefused({ cursor: nextCursor! }, 'c2')).toEqual(CURSOR_REFUSED);
  });

  it('goes on from a broadcast that has left the status that is asked for', async () => {
    const first = await list({ limit: 1, status: 'created' });
    const [id] = idsOf(first);
    const cursor = Buffer.from(id!.replaceAll('-', ''), 'hex').toString('base64url');
    await database.query(`UPDATE bookings SET status = 'cancelled' WHERE id = $1`, [id]);
    expect(await list({ cursor, status: 'created' })).toEqual({ items: [], nextCursor: null });
    expect(idsOf(await list({ cursor, status: 'cancelled' }))).toEqual(own.slice(1));
  });

  it.each(['42', '', "'; DROP TABLE bookings; --"])('has no broadcast of the id %j', async (id) => {
    await expect(reader.get(TEST_KIND, id)).rejects.toBeInstanceOf(BroadcastNotFoundException);
  });
});
