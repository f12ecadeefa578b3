import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect } from '../../test/data-source.ts';
import { isReadOnlySession, isVoidPlan } from './postgres-error.ts';
import { runPrepared } from './prepared-statement.ts';
import { inTransaction } from './transaction.ts';

const POOL_SIZE = 4;

describe('a prepared statement', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  beforeEach(async () => {
    await database.query('DROP TABLE IF EXISTS notes');
    await database.query('CREATE TABLE notes (id serial, text varchar(100))');
  });

  afterAll(() => database.drop());

  const read = (): Promise<{ rows: { text: string }[] }> =>
    runPrepared(
      dataSource,
      { name: 'notes:read', text: 'SELECT *, pg_sleep(0.02)::text FROM notes ORDER BY id' },
      [],
    );

  const write = (text: string): Promise<unknown> =>
    runPrepared(dataSource, { name: 'notes:write', text: 'INSERT INTO notes (text) VALUES ($1)' }, [text]);

  /** On each connection of the pool, as they are all at work at once. */
  const onEach = <T>(work: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: POOL_SIZE }, work));

  const errorOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  describe('whose plan a change of its table has made void', () => {
    beforeEach(async () => {
      dataSource = await connect(database, { poolSize: POOL_SIZE });
      await write('a');
      await onEach(read);
      await database.query('ALTER TABLE notes ALTER COLUMN text TYPE varchar(200)');
    });

    afterAll(() => dataSource.destroy());

    it('is prepared anew on every connection, and answers', async () => {
      for (const { rows } of await onEach(read)) expect(rows).toMatchObject([{ text: 'a' }]);
      for (const { rows } of await onEach(read)) expect(rows).toMatchObject([{ text: 'a' }]);
    });

    it('fails in a transaction, which cannot go on, and answers in the next one', async () => {
      const error = await errorOf(inTransaction(dataSource, read));
      expect(isVoidPlan(error)).toBe(true);
      expect(await inTransaction(dataSource, read)).toMatchObject({ rows: [{ text: 'a' }] });
    });
  });

  describe('in a session that began while the database was read-only', () => {
    const setReadOnly = (on: boolean): Promise<unknown> =>
      database.query(
        `ALTER DATABASE ${database.name} ${on ? 'SET default_transaction_read_only = on' : 'RESET default_transaction_read_only'}`,
      );

    afterAll(() => dataSource.destroy());

    it('writes all the same, once the database is not', async () => {
      await setReadOnly(true);
      dataSource = await connect(database, { poolSize: 1 });
      await read();
      await setReadOnly(false);
      await write('a');
      expect(await read()).toMatchObject({ rows: [{ text: 'a' }] });
    });

    it('is refused while the database is, and by no session afterwards', async () => {
      await setReadOnly(true);
      dataSource = await connect(database, { poolSize: POOL_SIZE });
      await onEach(read);
      expect(isReadOnlySession(await errorOf(write('a')))).toBe(true);
      await setReadOnly(false);
      // Each refusal takes a session out of the pool: of those that are left none is met twice.
      const outcomes = await Promise.all(Array.from({ length: 2 * POOL_SIZE }, () => errorOf(write('b'))));
      expect(outcomes.every((error) => error === undefined || isReadOnlySession(error))).toBe(true);
      expect(await Promise.all(Array.from({ length: 20 }, () => errorOf(write('c'))))).toEqual(
        Array(20).fill(undefined),
      );
    });
  });
});
