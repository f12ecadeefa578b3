import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect } from '../../test/data-source.ts';
import { KeptPlansWorker } from './kept-plans.worker.ts';
import { runPrepared } from './prepared-statement.ts';
import { inTransaction } from './transaction.ts';

const STATEMENT = { name: 'find', text: 'SELECT id FROM bookings WHERE customer_id = $1' };

describe('the look at how tables grow', () => {
  let database: TestDatabase;
  let one: DataSource;
  let worker: KeptPlansWorker;

  beforeAll(async () => {
    database = await createTestDatabase();
    one = await connect(database, { poolSize: 1 });
  });

  beforeEach(async () => {
    await database.query('TRUNCATE bookings CASCADE');
    worker = new KeptPlansWorker(one);
    await worker.look();
  });

  afterAll(async () => {
    await one.destroy();
    await database.drop();
  });

  const add = (count: number): Promise<unknown> =>
    database.query(
      `INSERT INTO bookings (customer_id) SELECT gen_random_uuid() FROM generate_series(1, $1::int)`,
      [count],
    );

  /** How many of the connection's statements are this one. */
  async function prepared(): Promise<number> {
    await runPrepared(one, STATEMENT, ['c1']);
    const [row] = await one.query<{ n: number }[]>(
      `SELECT count(*)::int AS n FROM pg_prepared_statements WHERE statement LIKE '${STATEMENT.text}%'`,
    );
    return row!.n;
  }

  it('has a statement prepared anew when its table has grown, and once only', async () => {
    const before = await prepared();
    await add(3000);
    expect(await prepared()).toBe(before);
    await worker.look();
    expect(await prepared()).toBe(before + 1);
    await worker.look();
    expect(await prepared()).toBe(before + 1);
  });

  it('has it done within a transaction as well', async () => {
    const before = await prepared();
    await add(3000);
    await worker.look();
    await inTransaction(one, () => runPrepared(one, STATEMENT, ['c1']));
    expect(await prepared()).toBe(before + 1);
  });

  it('leaves the statements alone while tables stay small, or were large from the beginning', async () => {
    const before = await prepared();
    await add(20);
    await worker.look();
    await add(3000);
    const later = new KeptPlansWorker(one);
    await later.look();
    await add(20);
    await later.look();
    expect(await prepared()).toBe(before);
  });

  it('knows the table of each kind that is installed, and those of the library', async () => {
    const before = await prepared();
    await database.query(
      `INSERT INTO orders (customer_id) SELECT gen_random_uuid() FROM generate_series(1, 3000)`,
    );
    await worker.look();
    expect(await prepared()).toBe(before + 1);
    await database.query(
      `INSERT INTO customer_broadcast_idempotency_keys (actor_id, route, key, request_hash, headers)
       SELECT gen_random_uuid(), 'r', 'k', '', '{}' FROM generate_series(1, 5000)`,
    );
    await worker.look();
    expect(await prepared()).toBe(before + 2);
  });

  it('changes no setting of the session', async () => {
    await prepared();
    expect(
      await one.query(`SELECT name FROM pg_settings WHERE name LIKE 'enable\\_%' AND setting <> boot_val`),
    ).toEqual([]);
  });
});
