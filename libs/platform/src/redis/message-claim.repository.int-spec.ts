import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { race } from '../../../../test/support/race.ts';
import { rowsReadBy } from '../../../../test/support/rows-read.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { MessageClaimRepository } from './message-claim.repository.ts';

describe('a claim of a message', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let claims: MessageClaimRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    claims = new MessageClaimRepository(dataSource);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const age = (minutes: number): Promise<unknown> =>
    database.query(`UPDATE message_claims SET claimed_at = clock_timestamp() - $1 * interval '1 minute'`, [
      minutes,
    ]);
  const count = async (): Promise<number> =>
    (await database.query<{ n: number }>('SELECT count(*)::integer AS n FROM message_claims'))[0]!.n;

  test('is one caller’s of many at once, and nobody’s again', async () => {
    const { fulfilled } = await race(32, () => claims.claim('booking.create:1'));
    expect(fulfilled.filter((mine) => mine)).toHaveLength(1);
    expect(await claims.claim('booking.create:1')).toBe(false);
    expect(await claims.claim('booking.create:2')).toBe(true);
  });

  test('is deleted after ten minutes, and not before, by the claims that follow', async () => {
    await age(9);
    await claims.prune();
    expect(await count()).toBe(2);
    await age(11);
    for (let i = 0; i < 500; i += 1) await claims.claim(`later:${i}`);
    for (let tries = 0; (await count()) !== 500 && tries < 100; tries += 1);
    expect(await count()).toBe(500);
  });
  test('costs no reading of those that are to stay', async () => {
    const one = await new DataSource({ type: 'postgres', url: database.url, poolSize: 1 }).initialize();
    try {
      await database.query(
        `INSERT INTO message_claims (message_id) SELECT 'kept:' || n FROM generate_series(1, 3000) n`,
      );
      await database.query('ANALYZE message_claims');
      const prune = (): Promise<void> => new MessageClaimRepository(one).prune();
      expect(await rowsReadBy(one, database, 'message_claims', prune)).toBeLessThan(20);
    } finally {
      await one.destroy();
    }
  });
});
