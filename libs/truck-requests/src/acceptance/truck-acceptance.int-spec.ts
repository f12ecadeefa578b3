import type { BroadcastLifecycleService } from '@app/customer-broadcast';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect, TEST_KIND } from '../../test/data-source.ts';
import { TruckRequestRepository } from '../request/truck-request.repository.ts';
import { AcceptanceRepository } from './acceptance.repository.ts';
import { NO_LONGER_AVAILABLE_TEXT } from './truck-acceptance.messages.ts';
import { TruckAcceptanceService } from './truck-acceptance.service.ts';

const OVERDUE = /^The deadline of the booking '.*' has passed\.$/;

describe('the acceptance of trucks', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let acceptance: TruckAcceptanceService;
  let id: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
    // What happens after the commit is not looked at here.
    const lifecycle = { moved: () => Promise.resolve() } as unknown as BroadcastLifecycleService;
    acceptance = new TruckAcceptanceService(
      dataSource,
      new TruckRequestRepository(dataSource),
      new AcceptanceRepository(dataSource),
      lifecycle,
    );
  });

  beforeEach(async () => {
    await database.query('TRUNCATE bookings, customer_broadcast_acceptances');
    const rows = await database.query<{ id: string }>(
      `INSERT INTO bookings (customer_id, trucks_needed) VALUES ('c1', 3) RETURNING id`,
    );
    id = rows[0]!.id;
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const accept = (transporterId: string, trucks: number): Promise<void> =>
    acceptance.accept(TEST_KIND, id, { transporterId, trucks });

  const overdue = (): Promise<unknown> =>
    database.query('UPDATE bookings SET expires_at = clock_timestamp() WHERE id = $1', [id]);

  it('says how many trucks were offered to a broadcast that is full', async () => {
    await accept('t1', 3);
    await expect(accept('t2', 2)).rejects.toThrow(NO_LONGER_AVAILABLE_TEXT(2, 0));
  });

  it('repeats without effect while the broadcast is open or full', async () => {
    await accept('t1', 1);
    await accept('t1', 1);
    await accept('t2', 2);
    await accept('t1', 1);
    expect(await database.query('SELECT status, trucks_filled FROM bookings')).toEqual([
      { status: 'fully_filled', trucks_filled: 3 },
    ]);
  });

  it('is refused after the deadline, a repeated one too, before any worker has come by', async () => {
    await accept('t1', 1);
    await overdue();
    await expect(accept('t1', 1)).rejects.toThrow(OVERDUE);
    await expect(accept('t2', 1)).rejects.toThrow(OVERDUE);
  });
});
