import { DataSource, type DataSourceOptions, Entity } from 'typeorm';
import type { TestDatabase } from '../../../test/support/test-database.ts';
import type { TruckKind } from '../src/request/truck-kind.interface.ts';
import { TRUCK_LIFE } from '../src/request/truck.lifecycle.ts';
import { TruckRequest } from '../src/request/truck-request.entity.ts';

/** A kind that the migrated template has; only the columns that every request for trucks has. */
@Entity('bookings')
export class TestRequest extends TruckRequest {}

export const TEST_KIND: TruckKind<TestRequest> = {
  name: 'booking',
  table: 'bookings',
  entity: TestRequest,
  route: '/v1/bookings',
  lifecycle: TRUCK_LIFE,
};

/** Connected to the test's database. The caller destroys it before the database is dropped. */
export function connect({ url }: TestDatabase): Promise<DataSource> {
  const settings: DataSourceOptions = { type: 'postgres', url, entities: [TestRequest] };
  return new DataSource(settings).initialize();
}
