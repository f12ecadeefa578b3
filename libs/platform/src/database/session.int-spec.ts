import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { testEnvironment } from '../../test/service.ts';
import { isDependencyFailure } from '../problems/dependency-failure.ts';
import { createDataSourceOptions } from './data-source.options.ts';

/** As an administrator may set them for everything in a database. */
const FOREIGN_DEFAULTS = {
  DateStyle: `'German'`,
  IntervalStyle: `'iso_8601'`,
  bytea_output: `'escape'`,
  extra_float_digits: '-15',
  default_transaction_isolation: `'serializable'`,
};

describe('a session of a service', () => {
  let database: TestDatabase;
  let source: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await source.destroy();
    await database.query(`ALTER DATABASE ${database.name} RESET ALL`);
  });

  afterAll(() => database.drop());

  const setDefault = (name: string, value: string): Promise<unknown> =>
    database.query(`ALTER DATABASE ${database.name} SET ${name} = ${value}`);

  /** Of one connection, opened now. */
  async function connect(): Promise<void> {
    const options = createDataSourceOptions(testEnvironment({ DATABASE_URL: database.url }), {
      entities: [],
    });
    source = await new DataSource({ ...options, poolSize: 1 } as DataSourceOptions).initialize();
  }

  test('has what the code relies on, whatever the database has by default', async () => {
    for (const [name, value] of Object.entries(FOREIGN_DEFAULTS)) await setDefault(name, value);
    await connect();
    const [row] = await source.query<Record<string, unknown>[]>(
      `SELECT '2026-02-01T10:00:00.123456Z'::timestamptz AS at, '\\x00ff'::bytea::text AS bytes,
              0.1::float8 + 0.2::float8 AS sum, (interval '90 minutes')::text AS span,
              current_setting('transaction_isolation') AS isolation`,
    );
    expect(row).toEqual({
      at: new Date('2026-02-01T10:00:00.123Z'),
      bytes: '\\x00ff',
      sum: 0.1 + 0.2,
      span: '01:30:00',
      isolation: 'read committed',
    });
  });

  test.each(['by itself', 'in a transaction'])(
    'that began while the database was read-only goes when it is refused a write %s',
    async (how) => {
      await setDefault('default_transaction_read_only', 'on');
      await connect();
      await database.query(`ALTER DATABASE ${database.name} RESET ALL`);
      const write = (): Promise<unknown> =>
        how === 'by itself'
          ? source.query('CREATE TABLE written ()')
          : source.transaction((on) => on.query('CREATE TABLE written ()'));
      const error: unknown = await write().catch((refusal: unknown) => refusal);
      expect(isDependencyFailure(error)).toBe(true);
      await write();
      await source.query('DROP TABLE written');
    },
  );
});
