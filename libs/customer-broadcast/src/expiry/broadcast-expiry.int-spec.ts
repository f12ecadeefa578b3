import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { race } from '../../../../test/support/race.ts';
import { rowsReadBy } from '../../../../test/support/rows-read.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { waitFor } from '../../../../test/support/wait.ts';
import { connect, inTransaction, TEST_KIND } from '../../test/data-source.ts';
import { ActiveBroadcastRepository } from '../check/active-broadcast.repository.ts';
import { OutboxSignal } from '../outbox/outbox.signal.ts';
import {
  BroadcastExpiryRepository,
  type DeadlinePosition,
  type ExpiredBatch,
} from './broadcast-expiry.repository.ts';
import { BroadcastExpiryService } from './broadcast-expiry.service.ts';

const WAITING = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

describe('the expiry of broadcasts', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let repository: BroadcastExpiryRepository;
  let service: BroadcastExpiryService;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
    repository = new BroadcastExpiryRepository(dataSource);
    service = new BroadcastExpiryService(repository, new OutboxSignal());
  });

  beforeEach(async () => {
    await database.query('TRUNCATE bookings, customer_broadcast_transitions');
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Adds one broadcast for each second from now, negative: overdue. */
  const add = (...seconds: readonly number[]): Promise<{ id: string }[]> =>
    database.query(
      `INSERT INTO bookings (id, customer_id, expires_at)
       SELECT gen_random_uuid(), 'c' || n, clock_timestamp() + s * interval '1 second'
         FROM unnest($1::float8[]) WITH ORDINALITY AS given (s, n) RETURNING id`,
      [seconds],
    );

  /** As the worker asks, after a drain. */
  const nextDeadlineInMs = async (): Promise<number | null> =>
    service.nextDeadlineInMs(TEST_KIND, (await service.drain(TEST_KIND, () => true)).asOf);

  const statuses = async (): Promise<string[]> =>
    (await database.query<{ status: string }>('SELECT status FROM bookings ORDER BY expires_at')).map(
      ({ status }) => status,
    );

  it('takes the longest overdue first, in batches that say where the next one begins', async () => {
    await add(-50, -40, -30, 60);
    const first = await repository.expireDue(TEST_KIND, null, 2);
    expect(await statuses()).toEqual(['expired', 'expired', 'created', 'created']);
    const second = await repository.expireDue(TEST_KIND, first.upTo, 2);
    expect([first.expired, second.expired]).toEqual([2, 1]);
    expect(await repository.expireDue(TEST_KIND, second.upTo, 2)).toMatchObject({ expired: 0, upTo: null });
    expect(await statuses()).toEqual(['expired', 'expired', 'expired', 'created']);
  });

  it('reads what is due, and not whatever is active', async () => {
    const one = await connect(database, { poolSize: 1 });
    const looking = new BroadcastExpiryRepository(one);
    const read = (work: () => Promise<unknown>): Promise<number> =>
      rowsReadBy(one, database, 'bookings', work);
    try {
      await add(-1, ...Array.from({ length: 3000 }, (_, index) => 60 + index));
      await database.query('ANALYZE bookings');
      expect(await read(() => looking.expireDue(TEST_KIND, null, 100))).toBeLessThan(20);
      const { asOf } = await looking.expireDue(TEST_KIND, null, 100);
      expect(await read(() => looking.nextDeadlineInMs(TEST_KIND, asOf))).toBeLessThan(20);
    } finally {
      await one.destroy();
    }
  });

  it.each([
    ['differ by microseconds', 1e-6],
    ['are the same', 0],
  ])('misses none of the broadcasts whose deadlines %s', async (_, step) => {
    await add(...Array.from({ length: 20 }, (_row, index) => -10 + index * step));
    let upTo: DeadlinePosition | null = null;
    for (let batch = 0; batch < 20; batch++) {
      const done: ExpiredBatch = await repository.expireDue(TEST_KIND, upTo, 1);
      expect(done.expired).toBe(1);
      upTo = done.upTo;
    }
  });

  it('leaves terminal broadcasts as they are and frees the customers of the others', async () => {
    const [cancelled] = await add(-10, -5);
    await database.query(`UPDATE bookings SET status = 'cancelled' WHERE id = $1`, [cancelled!.id]);
    await expect(service.expireDue(TEST_KIND)).resolves.toMatchObject({ kind: 'booking', expired: 1 });
    expect(await statuses()).toEqual(['cancelled', 'expired']);
    expect(await database.query('SELECT * FROM customer_broadcast_slots')).toEqual([]);
    expect(
      await database.query(
        `SELECT changed_by, reason FROM customer_broadcast_transitions WHERE to_status = 'expired'`,
      ),
    ).toEqual([{ changed_by: 'system:expiry-worker', reason: 'deadline passed' }]);
  });

  it('leaves a row that somebody else has locked, without waiting, for the next run', async () => {
    const [locked] = await add(-10, -5);
    await inTransaction(database, async (other) => {
      await other.query('SELECT 1 FROM bookings WHERE id = $1 FOR UPDATE', [locked!.id]);
      await expect(service.expireDue(TEST_KIND)).resolves.toMatchObject({ expired: 1 });
    });
    await expect(service.expireDue(TEST_KIND)).resolves.toMatchObject({ expired: 1 });
  });

  it('never overwrites a cancel that commits while the customer’s next create expires what is overdue', async () => {
    const [overdue] = await add(-10);
    let create: Promise<void> | undefined;
    await inTransaction(database, async (cancel) => {
      await cancel.query(`UPDATE bookings SET status = 'cancelled' WHERE id = $1`, [overdue!.id]);
      create = new ActiveBroadcastRepository(dataSource).expireOverdue('c1');
      await waitFor(async () => (await database.query(WAITING)).length, { describe: 'the create to wait' });
      await expect(service.expireDue(TEST_KIND)).resolves.toMatchObject({ expired: 0 });
    });
    await create;
    await service.expireDue(TEST_KIND);
    expect(await statuses()).toEqual(['cancelled']);
  });

  it('stops between batches when it may not go on, and several drains at once expire each of the rest once', async () => {
    await add(...Array.from({ length: 5000 }, (_, index) => -1 - index / 1000));
    await expect(service.expireDue(TEST_KIND, () => false)).resolves.toMatchObject({ expired: 500 });
    const { fulfilled, rejected } = await race(4, () => service.expireDue(TEST_KIND));
    expect(rejected).toEqual([]);
    // A drain that finds everything locked by the others has nothing left to do; what is left is a later run's.
    const { expired } = await service.expireDue(TEST_KIND);
    expect(fulfilled.reduce((sum, run) => sum + run.expired, expired)).toBe(4500);
    const [count] =
      await database.query(`SELECT count(*)::int AS steps, count(DISTINCT broadcast_id)::int AS broadcasts
      FROM customer_broadcast_transitions WHERE to_status = 'expired'`);
    expect(count).toEqual({ steps: 5000, broadcasts: 5000 });
  });

  it('knows how long the next deadline is away, of active broadcasts that are not overdue', async () => {
    await expect(nextDeadlineInMs()).resolves.toBeNull();
    const [, cancelled] = await add(-10, 5, 30, 60);
    await database.query(`UPDATE bookings SET status = 'cancelled' WHERE id = $1`, [cancelled!.id]);
    const ms = await nextDeadlineInMs();
    expect(ms).toBeLessThanOrEqual(30_000);
    expect(ms).toBeGreaterThan(20_000);
  });

  it('knows of a deadline that has passed since it last looked, and of none that was locked then', async () => {
    const [locked] = await add(-10);
    await inTransaction(database, async (other) => {
      await other.query('SELECT 1 FROM bookings WHERE id = $1 FOR UPDATE', [locked!.id]);
      const { asOf } = await service.drain(TEST_KIND, () => true);
      await expect(service.nextDeadlineInMs(TEST_KIND, asOf)).resolves.toBeNull();
      await database.query(
        `INSERT INTO bookings (customer_id, expires_at) VALUES ('late', clock_timestamp())`,
      );
      expect(await service.nextDeadlineInMs(TEST_KIND, asOf)).toBeLessThanOrEqual(0);
    });
  });

  it.each(['2001-01-01', '2201-01-01'])(
    'asks the database for the time, also when the process lives in %s',
    async (day) => {
      await add(-10, 30);
      jest.useFakeTimers({ now: new Date(day), advanceTimers: true });
      await expect(service.expireDue(TEST_KIND)).resolves.toMatchObject({ expired: 1 });
      expect(await nextDeadlineInMs()).toBeLessThanOrEqual(30_000);
      expect(await statuses()).toEqual(['expired', 'created']);
    },
  );
});
