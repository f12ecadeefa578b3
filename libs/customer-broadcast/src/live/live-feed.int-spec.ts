import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { addTransitions, holdTransition, liveBySql } from '../../../../test/support/lives.ts';
import { waitFor } from '../../../../test/support/wait.ts';
import { connect } from '../../test/data-source.ts';
import { OutboxSignal } from '../outbox/outbox.signal.ts';
import { HistoryPosition } from './history-position.ts';
import { LiveFeed } from './live-feed.service.ts';
import { LiveHistoryRepository, type RecordedTransition } from './live-history.repository.ts';

describe('the live feed', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let feed: LiveFeed;
  let seen: { readonly transition: RecordedTransition; readonly position: HistoryPosition }[];

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
  });
  beforeEach(async () => {
    feed = new LiveFeed(new LiveHistoryRepository(dataSource), new OutboxSignal());
    seen = [];
    await feed.now();
    feed.add('c1', (transition, position) => seen.push({ transition, position }));
  });
  afterEach(() => feed.onModuleDestroy());
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const ids = (): number[] => seen.map(({ transition }) => transition.id);
  const rowsAfter = async (id: number): Promise<number[]> => {
    const rows = await database.query<{ id: string }>(
      `SELECT id FROM customer_broadcast_transitions WHERE customer_id = 'c1' AND id > $1`,
      [id],
    );
    return rows.map((row) => Number(row.id)).sort((a, b) => a - b);
  };
  const begin = async (): Promise<PoolClient> => {
    const client = await database.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_current_xact_id()');
    return client;
  };
  const insert = (client: Pick<PoolClient, 'query'>): Promise<unknown> =>
    client.query(
      `INSERT INTO bookings (id, customer_id, status) VALUES (gen_random_uuid(), 'c1', 'completed')`,
    );
  const commit = async (client: PoolClient): Promise<void> => {
    await client.query('COMMIT');
    client.release();
  };

  it('brings a row whose transaction is younger than one with a higher id, although no snapshot lists it', async () => {
    const { last } = await feed.now();
    const [older, younger] = [await begin(), await begin()];
    await insert(younger);
    await insert(older);
    await commit(older);
    // Now xmin and xmax of every snapshot are the younger transaction, which runs.
    for (let poll = 0; poll < 5; poll++) await feed.now();
    expect(ids()).toHaveLength(1);
    await commit(younger);
    await feed.now();
    expect(ids().toSorted((a, b) => a - b)).toEqual(await rowsAfter(last));
  });

  it('delivers past a long transaction, and forgets the gap when that ends', async () => {
    const end = await holdTransition(database, 'c2');
    await addTransitions(database, 'c1', 5000);
    await feed.now();
    expect(seen).toHaveLength(5000);
    expect(seen.at(-1)!.position.gaps).toHaveLength(1);
    for (let poll = 0; poll < 5; poll++) expect((await feed.now()).gaps).toHaveLength(1);
    await end('ROLLBACK');
    await waitFor(async () => (await feed.now()).gaps.length === 0);
    expect(seen).toHaveLength(5000);
  });

  it('takes no transaction number while there is no gap', async () => {
    const next = async (): Promise<bigint> => {
      const [row] = await database.query<{ next: string }>(
        'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next',
      );
      return BigInt(row!.next);
    };
    await waitFor(async () => (await feed.now()).gaps.length === 0);
    const before = await next();
    for (let poll = 0; poll < 50; poll++) await feed.now();
    // Other files' databases share the numbers.
    expect(Number((await next()) - before)).toBeLessThan(50);
  });

  it('brings what was committed by many at once, each row once, and every position is exact', async () => {
    const { last } = await feed.now();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; n < 25; n++) {
          const client = await begin();
          await insert(client);
          await database.query('SELECT 1');
          await client.query((n + writer) % 5 === 0 ? 'ROLLBACK' : 'COMMIT');
          client.release();
        }
      }),
    );
    await waitFor(() => seen.length === 160);
    await feed.now();
    const expected = await rowsAfter(last);
    expect(ids().toSorted((a, b) => a - b)).toEqual(expected);
    const history = new LiveHistoryRepository(dataSource);
    const end = await feed.now();
    for (const [k, { position }] of seen.entries()) {
      const parsed = HistoryPosition.parse(position.toString())!;
      const rest = await history.listOf('c1', parsed.behind(end), 1000);
      expect(rest.map(({ id }) => id)).toEqual(
        ids()
          .slice(k + 1)
          .toSorted((a, b) => a - b),
      );
    }
  });

  it('knows at its start what is in flight', async () => {
    const end = await holdTransition(database, 'c1');
    await liveBySql(database, 'c1');
    const late = new LiveFeed(new LiveHistoryRepository(dataSource), new OutboxSignal());
    try {
      const start = await late.now();
      const heard: string[] = [];
      late.add('c1', ({ to }) => heard.push(to));
      expect(start.gaps.length).toBeGreaterThan(0);
      await end('COMMIT');
      await waitFor(() => heard.length > 0);
      expect(heard).toEqual(['completed']);
    } finally {
      await late.onModuleDestroy();
    }
  });

  it('asks Postgres nothing while nobody reads', async () => {
    const quiet = new LiveFeed(new LiveHistoryRepository(dataSource), new OutboxSignal());
    const remove = quiet.add('c3', () => undefined);
    await quiet.now();
    remove();
    const loop = (quiet as unknown as { loop: { stopping: boolean } }).loop;
    await waitFor(() => loop.stopping);
    quiet.hear('c3');
    expect(loop.stopping).toBe(true);
    await quiet.onModuleDestroy();
  });
});
