import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect, inTransaction as inOtherSession } from '../../test/data-source.ts';
import { BatchedInsert, ROWS_TO_INSERT } from './batched-insert.ts';
import { constraintOf } from './postgres-error.ts';
import { inTransaction } from './transaction.ts';

interface Row {
  readonly id: string;
  readonly customerId: string;
}

interface Inserted extends Row {
  /** The transaction that wrote it. */
  readonly xmin: string;
}

const rowOf = (customerId: string): Row => ({ id: randomUUID(), customerId });

describe('an insert that customers share', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let bookings: BatchedInsert<Row, Inserted>;

  /** The source counts how often it is run, in a sequence: what a statement takes back, it does not. */
  const insertFrom = (name: string, source: string): BatchedInsert<Row, Inserted> =>
    new BatchedInsert(dataSource, {
      name,
      text: `INSERT INTO bookings (id, customer_id)
             SELECT b.id, b."customerId" FROM ${source}, ${ROWS_TO_INSERT} AS b (id uuid, "customerId" text)
             RETURNING id, customer_id AS "customerId", xmin::text`,
    });

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query('CREATE SEQUENCE runs');
    // A row that waits for a lock that it should not wait for fails then, and does not hang.
    dataSource = await connect(database, { extra: { statement_timeout: 10_000 } });
    bookings = insertFrom('insert', `(SELECT nextval('runs')) run`);
  });

  beforeEach(async () => {
    await database.query('DELETE FROM bookings');
    await database.query('ALTER SEQUENCE runs RESTART');
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Of several customers, at once. */
  const insert = (...rows: readonly Row[]): Promise<PromiseSettledResult<Inserted>[]> =>
    Promise.allSettled(rows.map((row) => bookings.insert(row)));

  const customers = async (): Promise<string[]> =>
    (await database.query<{ id: string }>('SELECT customer_id AS id FROM bookings ORDER BY customer_id')).map(
      ({ id }) => id,
    );

  const runs = async (): Promise<number> =>
    Number((await database.query<{ next: string }>(`SELECT nextval('runs') AS next`))[0]!.next) - 1;

  it('is one statement, and each gets its own row', async () => {
    const rows = ['c', 'a', 'b'].map(rowOf);
    const outcomes = await insert(...rows);
    expect(outcomes).toMatchObject(rows.map((row) => ({ status: 'fulfilled', value: row })));
    const writers = outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value.xmin);
    expect(new Set(writers).size).toBe(1);
    expect(await runs()).toBe(1);
  });

  it('refuses only the one whose slot is taken, and keeps the others', async () => {
    await insert(rowOf('taken'));
    const [first, taken, last] = await insert(rowOf('a'), rowOf('taken'), rowOf('b'));
    expect([first?.status, taken?.status, last?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(taken?.status === 'rejected' && constraintOf(taken.reason)).toMatch(
      /uq_bookings_active_customer|single_active:customer-broadcast/,
    );
    expect(await customers()).toEqual(['a', 'b', 'taken']);
  });

  it('lets one of the same customer win, as two statements would', async () => {
    const outcomes = await insert(rowOf('same'), rowOf('same'), rowOf('other'));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(await customers()).toEqual(['other', 'same']);
  });

  it('does not let others wait for a lock on the row of one', async () => {
    let waiting: Promise<PromiseSettledResult<Inserted>[]> | undefined;
    await inOtherSession(database, async (session) => {
      await session.query(`INSERT INTO bookings (customer_id, status) VALUES ('locked', 'created')`);
      waiting = insert(rowOf('locked'));
      // Goes with the one that waits: both are in one statement.
      const others = await Promise.all([bookings.insert(rowOf('a')), bookings.insert(rowOf('b'))]);
      expect(others.map(({ customerId }) => customerId)).toEqual(['a', 'b']);
      // The one that waits still does, by itself, for as long as its connection lets it.
      const [{ waits } = { waits: 0 }] = await database.query<{ waits: number }>(
        `SELECT count(*)::integer AS waits FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%nextval%'`,
      );
      expect(waits).toBe(1);
      await session.query(`DELETE FROM bookings WHERE customer_id = 'locked'`);
    });
    expect((await waiting)?.[0]).toMatchObject({ status: 'fulfilled' });
    expect(await customers()).toEqual(['a', 'b', 'locked']);
  });

  it('is not tried again when nobody knows what became of it', async () => {
    const ends = insertFrom(
      'insert:ends',
      `(SELECT nextval('runs'), pg_terminate_backend(pg_backend_pid())) run`,
    );
    const outcomes = await Promise.allSettled(['a', 'b'].map((customerId) => ends.insert(rowOf(customerId))));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await runs()).toBe(1);
    expect(await customers()).toEqual([]);
  });

  it('fails for all when the statement is at fault, once', async () => {
    const wrong = insertFrom('insert:wrong', `(SELECT nextval('runs'), pg_read_file('nowhere')) run`);
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((customerId) => wrong.insert(rowOf(customerId))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await runs()).toBe(1);
  });

  it('says so when the statement returns no row for one', async () => {
    const silent = new BatchedInsert<Row, Inserted>(dataSource, {
      name: 'insert:silent',
      text: `INSERT INTO bookings (id, customer_id) SELECT b.id, b."customerId"
               FROM ${ROWS_TO_INSERT} AS b (id uuid, "customerId" text)`,
    });
    await expect(silent.insert(rowOf('a'))).rejects.toThrow(
      /^The statement 'insert:silent' returned nothing for the row '[-0-9a-f]{36}'; end it with "RETURNING id"\.$/,
    );
  });

  it('is a part of the transaction that is open, which nobody shares', async () => {
    const mine = rowOf('mine');
    const work = inTransaction(dataSource, async () => {
      const [inside] = await Promise.all([bookings.insert(mine)]);
      expect(inside).toMatchObject(mine);
      expect(await customers()).toEqual([]);
      throw new Error('taken back');
    });
    const [taken, other] = await Promise.allSettled([work, bookings.insert(rowOf('other'))]);
    expect([taken.status, other.status]).toEqual(['rejected', 'fulfilled']);
    expect(await customers()).toEqual(['other']);
  });
});
