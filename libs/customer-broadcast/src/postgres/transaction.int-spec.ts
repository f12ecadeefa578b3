import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect } from '../../test/data-source.ts';
import { runPrepared } from './prepared-statement.ts';
import { afterCommit, inSavepoint, inTransaction, managerOf } from './transaction.ts';

describe('the transaction around a piece of work', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let done: string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query('CREATE TABLE notes (text text PRIMARY KEY)');
    dataSource = await connect(database);
  });

  beforeEach(async () => {
    done = [];
    await database.query('TRUNCATE notes');
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const write = (text: string): Promise<unknown> =>
    runPrepared(dataSource, { name: 'notes:write', text: 'INSERT INTO notes VALUES ($1)' }, [text]);

  /** As another session sees them. */
  const notes = async (): Promise<string[]> =>
    (await database.query<{ text: string }>('SELECT text FROM notes ORDER BY text')).map(({ text }) => text);

  const follow = (name: string): Promise<void> =>
    afterCommit(
      dataSource,
      () => done.push(`${name} committed`),
      () => done.push(`${name} rolled back`),
    );

  it('takes in statements that know nothing of it, and TypeORM’s own, until it is committed', async () => {
    await inTransaction(dataSource, async () => {
      await write('a');
      expect(await managerOf(dataSource).query('SELECT text FROM notes')).toEqual([{ text: 'a' }]);
      expect(await notes()).toEqual([]);
    });
    expect(await notes()).toEqual(['a']);
  });

  it('is joined by a transaction inside of it, and undone with all of it', async () => {
    const work = inTransaction(dataSource, async () => {
      await inTransaction(dataSource, () => write('inner'));
      throw new Error('too late');
    });
    await expect(work).rejects.toThrow('too late');
    expect(await notes()).toEqual([]);
  });

  it('does what follows a commit after it, and not when there is none', async () => {
    await inTransaction(dataSource, async () => {
      await write('a');
      await follow('a');
      expect(done).toEqual([]);
    });
    expect(done).toEqual(['a committed']);
    await inTransaction(dataSource, async () => {
      await follow('b');
      await write('a');
    }).catch(() => undefined);
    expect(done).toEqual(['a committed', 'b rolled back']);
    await follow('c');
    expect(done).toEqual(['a committed', 'b rolled back', 'c committed']);
  });

  it('stands when something that follows it fails', async () => {
    await inTransaction(dataSource, async () => {
      await write('a');
      await afterCommit(dataSource, () => Promise.reject(new Error('not that important')));
      await afterCommit(dataSource, () => {
        throw new Error('nor that');
      });
      await follow('a');
    });
    expect(await notes()).toEqual(['a']);
    expect(done).toEqual(['a committed']);
  });

  it('goes on when a part of it has failed in a savepoint', async () => {
    await inTransaction(dataSource, async () => {
      await write('a');
      const part = inSavepoint(dataSource, async () => {
        await follow('part');
        await write('b');
        await write('a');
      });
      await expect(part).rejects.toThrow('duplicate key');
      expect(done).toEqual(['part rolled back']);
      await inSavepoint(dataSource, () => write('c'));
    });
    expect(await notes()).toEqual(['a', 'c']);
  });

  it('is over for work that goes on after its end', async () => {
    let late: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (late = resolve));
    let leftOver: Promise<unknown> = Promise.resolve();
    await inTransaction(dataSource, async () => {
      leftOver = begun.then(() => write('late'));
      await write('a');
    });
    late();
    await leftOver;
    expect(await notes()).toEqual(['a', 'late']);
  });

  it('keeps two that run at once apart', async () => {
    const both = await Promise.allSettled([
      inTransaction(dataSource, () => write('one')),
      inTransaction(dataSource, async () => {
        await write('two');
        throw new Error('undone');
      }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await notes()).toEqual(['one']);
  });
});
