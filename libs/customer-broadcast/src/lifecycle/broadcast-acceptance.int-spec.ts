import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { connect, TEST_KIND } from '../../test/data-source.ts';
import { NO_LONGER_AVAILABLE_TEXT, OVERDUE_TEXT } from '../customer-broadcast.messages.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import { AcceptanceRepository } from './acceptance.repository.ts';
import { BroadcastAcceptanceService } from './broadcast-acceptance.service.ts';
import type { BroadcastLifecycleService } from './broadcast-lifecycle.service.ts';
import { BroadcastRepository } from './broadcast.repository.ts';

const T1: BroadcastActor = { sub: 't1', role: 'transporter' };
const T2: BroadcastActor = { sub: 't2', role: 'transporter' };

describe('the acceptance of trucks', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let acceptance: BroadcastAcceptanceService;
  let id: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
    // What happens after the commit is not looked at here.
    const lifecycle = { moved: () => Promise.resolve() } as unknown as BroadcastLifecycleService;
    const repository = new BroadcastRepository(dataSource);
    acceptance = new BroadcastAcceptanceService(
      dataSource,
      repository,
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

  const accept = (actor: BroadcastActor, trucks: number): Promise<void> =>
    acceptance.accept(TEST_KIND, id, actor, { trucks });

  const overdue = (): Promise<unknown> =>
    database.query('UPDATE bookings SET expires_at = clock_timestamp() WHERE id = $1', [id]);

  it('says how many trucks were offered to a broadcast that is full', async () => {
    await accept(T1, 3);
    await expect(accept(T2, 2)).rejects.toThrow(NO_LONGER_AVAILABLE_TEXT(2, 0));
  });

  it('repeats without effect while the broadcast is open or full', async () => {
    await accept(T1, 1);
    await accept(T1, 1);
    await accept(T2, 2);
    await accept(T1, 1);
    expect(await database.query('SELECT status, trucks_filled FROM bookings')).toEqual([
      { status: 'fully_filled', trucks_filled: 3 },
    ]);
  });

  it('is refused after the deadline, a repeated one too, before any worker has come by', async () => {
    await accept(T1, 1);
    await overdue();
    await expect(accept(T1, 1)).rejects.toThrow(OVERDUE_TEXT('booking', id));
    await expect(accept(T2, 1)).rejects.toThrow(OVERDUE_TEXT('booking', id));
  });
});
