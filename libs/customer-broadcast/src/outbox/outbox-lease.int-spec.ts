import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { waitFor } from '../../../../test/support/wait.ts';
import { connect } from '../../test/data-source.ts';
import { OutboxRepository, type OutboxRow } from './outbox.repository.ts';

const LEASE_MS = 60_000;
const ID = '1';

describe('the lease of an outbox row', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let outbox: OutboxRepository;
  const mine = randomUUID();

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
    outbox = new OutboxRepository(dataSource);
  });

  beforeEach(async () => {
    await database.query('TRUNCATE customer_broadcast_outbox RESTART IDENTITY');
    await database.query(`INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
      VALUES ('opened', 'booking', gen_random_uuid(), 'c1', 'created', clock_timestamp())`);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const claim = (token: string, leaseMs = LEASE_MS): Promise<OutboxRow[]> =>
    outbox.claim(['booking'], token, leaseMs, 10);

  const row = async (): Promise<Record<string, unknown> | undefined> =>
    (
      await database.query(
        'SELECT attempts, available_at, claimed_by, delivered_at FROM customer_broadcast_outbox',
      )
    )[0];

  const endLease = (): Promise<unknown> =>
    database.query('UPDATE customer_broadcast_outbox SET available_at = clock_timestamp()');

  it('keeps the row from everybody else until it ends', async () => {
    expect(await claim(mine)).toHaveLength(1);
    expect(await claim(randomUUID())).toEqual([]);
  });

  it('ends by itself, so that the row of a claimer that died is taken up again', async () => {
    await claim(mine, 50);
    const heir = randomUUID();
    await waitFor(async () => (await claim(heir)).length === 1);
    expect(await row()).toMatchObject({ claimed_by: heir, attempts: 2, delivered_at: null });
  });

  it('is marked as delivered by its owner, and the row never comes again', async () => {
    await claim(mine);
    await outbox.markDelivered([ID], mine);
    expect(await row()).toMatchObject({ delivered_at: expect.any(Date) });
    await endLease();
    expect(await claim(randomUUID())).toEqual([]);
  });

  it('is not marked, released or shortened by a claimer whose own has ended', async () => {
    const heir = randomUUID();
    await claim(mine);
    await endLease();
    await claim(heir);
    const before = await row();
    await outbox.markDelivered([ID], mine);
    await outbox.release([ID], mine);
    expect(await row()).toEqual(before);
    expect(before).toMatchObject({ claimed_by: heir, delivered_at: null });
  });

  it('is not given back once the row is delivered', async () => {
    await claim(mine);
    await outbox.markDelivered([ID], mine);
    const before = await row();
    await outbox.release([ID], mine);
    expect(await row()).toEqual(before);
  });

  it('gives the row back with pauses that double from 100 ms to 5 s', async () => {
    for (const pauseMs of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
      await claim(mine);
      const [before] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      await outbox.release([ID], mine);
      const [after] = await database.query<{ low: boolean; high: boolean }>(
        `SELECT available_at >= $1::timestamptz + $2 * interval '1 millisecond' AS low,
                available_at <= clock_timestamp() + $2 * interval '1 millisecond' AS high
           FROM customer_broadcast_outbox`,
        [before!.now, pauseMs],
      );
      expect({ pauseMs, ...after }).toEqual({ pauseMs, low: true, high: true });
      await endLease();
    }
  });

  it('is taken and marked without waiting for the disk, in that transaction alone', async () => {
    const one = await connect(database, { poolSize: 1 });
    const repository = new OutboxRepository(one);
    await one.query('SET synchronous_commit = on'); // the servers of the tests wait for no disk at all
    const settingAfter = async (work: () => Promise<unknown>): Promise<string> => {
      await one.query('BEGIN');
      await work();
      const [row] = await one.query<{ synchronous_commit: string }[]>('SHOW synchronous_commit');
      await one.query('COMMIT');
      return row!.synchronous_commit;
    };
    expect(await settingAfter(() => repository.claim(['booking'], mine, LEASE_MS, 10))).toBe('off');
    expect(await settingAfter(() => Promise.resolve())).toBe('on');
    expect(await settingAfter(() => repository.markDelivered([ID], mine))).toBe('off');
    expect(await settingAfter(() => repository.release([ID], mine))).toBe('on');
    await one.destroy();
  });

  it('may be given back by the thousandth failure as by the first', async () => {
    await database.query('UPDATE customer_broadcast_outbox SET attempts = 1000');
    await claim(mine);
    await outbox.release([ID], mine);
    expect(await row()).toMatchObject({ claimed_by: null, attempts: 1001 });
  });
});
