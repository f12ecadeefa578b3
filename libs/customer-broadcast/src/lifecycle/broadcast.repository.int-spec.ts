import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { rowsReadBy } from '../../../../test/support/rows-read.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect, inTransaction, TEST_KIND } from '../../test/data-source.ts';
import { KeptPlansWorker } from '../postgres/kept-plans.worker.ts';
import { BroadcastRepository, type ManyMade } from './broadcast.repository.ts';

const MANY = 3000;
const DISPATCHED = { from: 'broadcasting', to: 'active', by: 'system:test' } as const;
const BROADCASTING = { from: 'created', to: 'broadcasting', by: 'system:test' } as const;

describe('one step of many broadcasts', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let repository: BroadcastRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database, { poolSize: 1 });
    repository = new BroadcastRepository(dataSource);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const add = async (count: number): Promise<string[]> =>
    (
      await database.query<{ id: string }>(
        `INSERT INTO bookings (id, customer_id) SELECT gen_random_uuid(), gen_random_uuid() FROM generate_series(1, $1) RETURNING id`,
        [count],
      )
    ).map(({ id }) => id);

  it('is made by those that are where it begins and that nobody has locked, and tells who was locked', async () => {
    const ids = await add(3);
    const [locked, ...free] = ids;
    await inTransaction(database, async (other) => {
      await other.query('SELECT 1 FROM bookings WHERE id = $1 FOR UPDATE', [locked]);
      const { made, left } = await repository.transitionMany(TEST_KIND, BROADCASTING, ids);
      expect([[...made].sort(), left]).toEqual([free.sort(), [locked]]);
    });
    expect(await repository.transitionMany(TEST_KIND, BROADCASTING, ids)).toEqual({
      made: [locked],
      left: [],
    });
    expect(await repository.transitionAny(TEST_KIND, DISPATCHED, 2)).toHaveLength(2);
    expect(await repository.transitionAny(TEST_KIND, DISPATCHED, 2)).toHaveLength(1);
    expect(await repository.transitionMany(TEST_KIND, DISPATCHED, ids)).toEqual({ made: [], left: [] });
  });

  it('is looked for once, also by a plan that was made for an empty table', async () => {
    await database.query('TRUNCATE bookings');
    await database.query('VACUUM (ANALYZE) bookings');
    const unset = await connect(database, { poolSize: 1 });
    const step = (ids: string[]): Promise<ManyMade> =>
      new BroadcastRepository(unset).transitionMany(TEST_KIND, BROADCASTING, ids);
    for (let round = 0; round < 10; round++) await step([randomUUID()]);
    const ids = (await add(MANY)).slice(-2);
    expect(await rowsReadBy(unset, database, 'bookings', () => step(ids))).toBeLessThan(3 * MANY);
    await unset.destroy();
  });

  it('reads the rows that it is given, and not whatever is active', async () => {
    await database.query('TRUNCATE bookings');
    const readByAStep = async (): Promise<number> => {
      const ids = await add(2);
      return rowsReadBy(dataSource, database, 'bookings', () =>
        repository.transitionMany(TEST_KIND, BROADCASTING, ids),
      );
    };
    const worker = new KeptPlansWorker(dataSource);
    await worker.look();
    // A connection keeps the plan that it made for an empty table.
    for (let round = 0; round < 10; round++)
      await repository.transitionMany(TEST_KIND, BROADCASTING, [randomUUID()]);
    await add(MANY);
    await worker.look();
    expect(await readByAStep()).toBeLessThan(50);
    await database.query('ANALYZE bookings');
    for (let round = 0; round < 10; round++) expect(await readByAStep()).toBeLessThan(50);
  });
});
