import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { rowsReadBy } from '../../../../test/support/rows-read.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect } from '../../test/data-source.ts';
import { IdempotencyPruner } from './idempotency.pruner.ts';
import { IdempotencyRepository } from './idempotency.repository.ts';

const TABLE = 'customer_broadcast_idempotency_keys';
const scope = { actorId: 'c1', route: 'POST /v1/parcels', key: 'k' };
const record = {
  status: 201,
  headers: { location: '/1' },
  body: { z: 1, a: 2 },
  requestHash: Buffer.from('1'),
};

describe('the answers that are kept', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let repository: IdempotencyRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
    repository = new IdempotencyRepository(dataSource);
  });

  beforeEach(() => database.query(`TRUNCATE ${TABLE}`));

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const age = (hours: number): Promise<unknown> =>
    database.query(`UPDATE ${TABLE} SET created_at = created_at - $1 * interval '1 hour'`, [hours]);

  it('come back as they were, the fields of the body in their order', async () => {
    await repository.save(dataSource.manager, scope, record);
    const found = await repository.find(dataSource, scope);
    expect(found).toEqual(record);
    expect(JSON.stringify(found!.body)).toBe('{"z":1,"a":2}');
  });

  it.each([
    ['user', { ...scope, actorId: 'c2' }],
    ['route', { ...scope, route: 'POST /v1/rides' }],
    ['key', { ...scope, key: 'K' }],
  ])('are those of one %s', async (_, other) => {
    await repository.save(dataSource.manager, scope, record);
    expect(await repository.find(dataSource, other)).toBeNull();
  });

  it('count for 24 hours, deleted or not, and are replaced afterwards', async () => {
    await repository.save(dataSource.manager, scope, record);
    await age(23.99);
    expect(await repository.find(dataSource, scope)).toEqual(record);
    await age(0.02);
    expect(await repository.find(dataSource, scope)).toBeNull();
    const next = { ...record, body: 'next' };
    await repository.save(dataSource.manager, scope, next);
    expect(await repository.find(dataSource, scope)).toEqual(next);
  });

  it('can be claimed by one transaction at a time, and by the next when that has ended', async () => {
    await dataSource.transaction(async (one) => {
      expect(await repository.claim(one, scope)).toBe(true);
      await dataSource.transaction(async (two) => {
        expect(await repository.claim(two, scope)).toBe(false);
        expect(await repository.claim(two, { ...scope, key: 'k2' })).toBe(true);
        // The same characters, cut in another place.
        expect(await repository.claim(two, { ...scope, actorId: 'c', route: '1POST /v1/parcels' })).toBe(
          true,
        );
      });
    });
    await dataSource.transaction(async (three) => {
      expect(await repository.claim(three, scope)).toBe(true);
    });
  });

  it('are pruned in batches when their time is over, by several at once', async () => {
    await database.query(
      `INSERT INTO ${TABLE} (actor_id, route, key, request_hash, headers, created_at)
       SELECT 'c' || n, 'r', 'k', '', '{}', clock_timestamp() - CASE WHEN n <= 2500 THEN interval '25 hours' ELSE interval '23 hours' END
         FROM generate_series(1, 2600) n`,
    );
    expect(await repository.prune(1000)).toBe(1000);
    const pruners = [1, 2].map(() => new IdempotencyPruner({ background: true }, repository));
    pruners.forEach((pruner) => pruner.onApplicationBootstrap());
    const deleted = await Promise.all(pruners.map((pruner) => pruner.prune()));
    await Promise.all(pruners.map((pruner) => pruner.onModuleDestroy()));
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1500);
    expect(await database.query(`SELECT count(*)::integer AS kept FROM ${TABLE}`)).toEqual([{ kept: 100 }]);
  });
  it('are not read by the pruner while their time is not over', async () => {
    const one = await connect(database, { poolSize: 1 });
    try {
      await database.query(
        `INSERT INTO ${TABLE} (actor_id, route, key, request_hash, headers)
         SELECT 'c' || n, 'r', 'k', '', '{}' FROM generate_series(1, 3000) n`,
      );
      await database.query(`ANALYZE ${TABLE}`);
      const prune = (): Promise<number> => new IdempotencyRepository(one).prune(1000);
      expect(await rowsReadBy(one, database, TABLE, prune)).toBeLessThan(20);
    } finally {
      await one.destroy();
    }
  });
});
