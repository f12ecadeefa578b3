import type { PoolClient } from 'pg';
import { DataSource, type DataSourceOptions, Entity } from 'typeorm';
import { type TestDatabase } from '../../../test/support/test-database.ts';
import { Broadcast } from '../src/lifecycle/broadcast.entity.ts';
import type { BroadcastKind } from '../src/interfaces/broadcast-kind.interface.ts';
import { TEST_LIFE } from './test-life.ts';

/** A kind that the migrated template has; only the columns that every kind has. */
@Entity('bookings')
export class TestBooking extends Broadcast {}

export type TestKind<T extends Broadcast = Broadcast> = BroadcastKind<T, typeof TEST_LIFE>;

export const TEST_KIND: TestKind<TestBooking> = {
  name: 'booking',
  table: 'bookings',
  entity: TestBooking,
  route: '/v1/bookings',
  lifecycle: TEST_LIFE,
};

/** Connected to the test's database. The caller destroys it before the database is dropped. */
export function connect(
  { url }: TestDatabase,
  options: Partial<DataSourceOptions> = {},
): Promise<DataSource> {
  const settings = {
    type: 'postgres',
    url,
    entities: [TestBooking],
    ...options,
  } as DataSourceOptions;
  return new DataSource(settings).initialize();
}

/** Does the work in a transaction of another session, and commits it. */
export async function inTransaction(
  { pool }: TestDatabase,
  work: (client: PoolClient) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await work(client);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}
