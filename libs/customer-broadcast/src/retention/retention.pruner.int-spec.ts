import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect } from '../../test/data-source.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { RetentionPruner } from './retention.pruner.ts';
import { RetentionRepository } from './retention.repository.ts';

const OUTBOX = 'customer_broadcast_outbox';
const HISTORY = 'customer_broadcast_transitions';

describe('pruning', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
  });
  beforeEach(async () => {
    await database.query(`DELETE FROM ${OUTBOX}`);
    await database.query(`DELETE FROM ${HISTORY}`);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Its own runs in the background are not begun: two at once pass over each other's rows. */
  const prunerOf = (outboxRetentionHours: number, historyRetentionDays: number): RetentionPruner => {
    const options = { outboxRetentionHours, historyRetentionDays, background: false } as ResolvedOptions;
    return new RetentionPruner(options, new RetentionRepository(dataSource));
  };
  const prune = (...retention: Parameters<typeof prunerOf>): ReturnType<RetentionPruner['prune']> =>
    prunerOf(...retention).prune();
  const addEvents = (count: number, delivered: string | null): Promise<unknown> =>
    database.query(
      `INSERT INTO ${OUTBOX} (type, kind, broadcast_id, customer_id, status, occurred_at, delivered_at)
       SELECT 'opened', 'booking', gen_random_uuid(), 'c' || n, 'created', now() - interval '9 days', now() - $2::interval
         FROM generate_series(1, $1) n`,
      [count, delivered],
    );
  const addHistory = (count: number, age: string): Promise<unknown> =>
    database.query(
      `INSERT INTO ${HISTORY} (kind, broadcast_id, customer_id, to_status, changed_at, changed_by)
       SELECT 'booking', gen_random_uuid(), 'c' || n, 'created', now() - $2::interval, 'test' FROM generate_series(1, $1) n`,
      [count, age],
    );
  const count = async (table: string): Promise<number> =>
    (await database.query<{ n: number }>(`SELECT count(*)::integer AS n FROM ${table}`))[0]!.n;

  it('deletes events that were delivered long enough ago, over several batches, and no other', async () => {
    await addEvents(12_000, '25 hours');
    await addEvents(10, null);
    await addEvents(10, '23 hours');
    await prune(24, 0);
    expect(await count(OUTBOX)).toBe(20);
  });

  it('ends after a batch when its module is being destroyed', async () => {
    await addEvents(12_000, '25 hours');
    const pruner = prunerOf(24, 0);
    await pruner.onModuleDestroy();
    expect(await pruner.prune()).toMatchObject({ outbox: 5000 });
    expect(await count(OUTBOX)).toBe(7000);
  });

  it('keeps the history for ever unless told otherwise', async () => {
    await addHistory(10, '9000 days');
    await prune(24, 0);
    expect(await count(HISTORY)).toBe(10);
  });

  it('deletes the history of more days ago, but for its newest row', async () => {
    await addHistory(6000, '31 days');
    await addHistory(5, '29 days');
    await prune(24, 30);
    expect(await count(HISTORY)).toBe(5);
    await prune(24, 1);
    expect(await count(HISTORY)).toBe(1);
  });

  it('passes over what somebody else is deleting', async () => {
    await addEvents(100, '25 hours');
    const other = await database.pool.connect();
    await other.query('BEGIN');
    await other.query(`SELECT FROM ${OUTBOX} ORDER BY id LIMIT 40 FOR UPDATE`);
    await prune(24, 0);
    expect(await count(OUTBOX)).toBe(40);
    await other.query('ROLLBACK');
    other.release();
  });

  it('is refused by the database for what is younger than an hour', async () => {
    await expect(new RetentionRepository(dataSource).prune('outbox', '0', 0, 10)).rejects.toThrow(
      'older_than is',
    );
  });
});
