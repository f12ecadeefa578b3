import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect } from '../../test/data-source.ts';
import { BatchedInsert, ROWS_TO_INSERT } from './batched-insert.ts';
import { runPrepared } from './prepared-statement.ts';
import { StatementBatcher } from './statement.batcher.ts';
import { afterCommit, inSavepoint, inTransaction, managerOf } from './transaction.ts';

const TOO_LATE = new Error('too late');

interface Note {
  readonly id: string;
}

/** Each has a table of the other's name, so that a statement that strays writes to the wrong one instead of failing. */
describe('transactions of two data sources', () => {
  const databases: TestDatabase[] = [];
  let bookings: DataSource;
  let reporting: DataSource;

  beforeAll(async () => {
    for (let index = 0; index < 2; index++) {
      const database = await createTestDatabase();
      await database.query('CREATE TABLE notes (id text PRIMARY KEY)');
      databases.push(database);
    }
    [bookings, reporting] = (await Promise.all(databases.map((database) => connect(database)))) as [
      DataSource,
      DataSource,
    ];
  });

  beforeEach(() => Promise.all(databases.map((database) => database.query('TRUNCATE notes'))));

  afterAll(async () => {
    await Promise.all([bookings, reporting].map((dataSource) => dataSource.destroy()));
    await Promise.all(databases.map((database) => database.drop()));
  });

  const write = (on: DataSource, id: string): Promise<unknown> =>
    runPrepared(on, { name: 'notes:write', text: 'INSERT INTO notes VALUES ($1)' }, [id]);

  /** As other sessions see them. */
  async function notes(): Promise<{ bookings: string[]; reporting: string[] }> {
    const [ofBookings = [], ofReporting = []] = await Promise.all(
      databases.map(async (database) =>
        (await database.query<Note>('SELECT id FROM notes ORDER BY id')).map(({ id }) => id),
      ),
    );
    return { bookings: ofBookings, reporting: ofReporting };
  }

  const ways: Record<string, (on: DataSource, id: string) => Promise<unknown>> = {
    'a prepared statement': write,
    'a query of its manager': (on, id) => managerOf(on).query('INSERT INTO notes VALUES ($1)', [id]),
    'a prepared statement of its own manager': (on, id) =>
      runPrepared(on.manager, { name: 'notes:write', text: 'INSERT INTO notes VALUES ($1)' }, [id]),
    'a transaction': (on, id) =>
      inTransaction(on, (manager) => manager.query('INSERT INTO notes VALUES ($1)', [id])),
    'a savepoint': (on, id) => inSavepoint(on, () => write(on, id)),
    'a batched insert': (on, id) =>
      new BatchedInsert<Note, Note>(on, {
        name: 'notes:insert',
        text: `INSERT INTO notes SELECT n.id FROM ${ROWS_TO_INSERT} AS n (id text) RETURNING id`,
      }).insert({ id }),
  };

  it.each(Object.keys(ways))('keep %s out of the transaction of the other one', async (way) => {
    const work = inTransaction(bookings, async () => {
      await write(bookings, 'a');
      await ways[way]!(reporting, 'b');
      expect(await notes()).toEqual({ bookings: [], reporting: ['b'] });
      throw TOO_LATE;
    });
    await expect(work).rejects.toBe(TOO_LATE);
    expect(await notes()).toEqual({ bookings: [], reporting: ['b'] });
  });

  it.each(Object.keys(ways))('let %s join the own one from within the other one', async (way) => {
    const work = inTransaction(bookings, async () => {
      await inTransaction(reporting, async () => {
        await write(reporting, 'b');
        await ways[way]!(bookings, 'a');
      });
      expect(await notes()).toEqual({ bookings: [], reporting: ['b'] });
      throw TOO_LATE;
    });
    await expect(work).rejects.toBe(TOO_LATE);
    expect(await notes()).toEqual({ bookings: [], reporting: ['b'] });
  });

  it('share a statement with other calls while only the other one has a transaction', async () => {
    const sizes: number[] = [];
    const batcher = new StatementBatcher<string, string>(
      reporting,
      (items) => (sizes.push(items.length), Promise.resolve(items)),
      (item) => (sizes.push(0), Promise.resolve(item)),
    );
    await inTransaction(bookings, () => Promise.all([batcher.call('a'), batcher.call('b')]));
    expect(sizes).toEqual([2]);
    await inTransaction(reporting, () => batcher.call('c'));
    expect(sizes).toEqual([2, 0]);
  });

  it('have what follows the commit of the right one', async () => {
    const done: string[] = [];
    const follow = (on: DataSource, name: string): Promise<void> => afterCommit(on, () => done.push(name));
    await inTransaction(bookings, async () => {
      await follow(reporting, 'no transaction of reporting');
      expect(done).toEqual(['no transaction of reporting']);
      await inTransaction(reporting, async () => {
        await follow(bookings, 'bookings');
        await follow(reporting, 'reporting');
        expect(done).toHaveLength(1);
      });
      expect(done.slice(1)).toEqual(['reporting']);
    });
    expect(done.slice(1)).toEqual(['reporting', 'bookings']);
  });

  it('let what follows the commit of one join the other, which is still open', async () => {
    const work = inTransaction(bookings, async () => {
      await inTransaction(reporting, () => afterCommit(reporting, () => write(bookings, 'a')));
      expect(await managerOf(bookings).query('SELECT id FROM notes')).toEqual([{ id: 'a' }]);
      throw TOO_LATE;
    });
    await expect(work).rejects.toBe(TOO_LATE);
    expect(await notes()).toEqual({ bookings: [], reporting: [] });
  });
});
