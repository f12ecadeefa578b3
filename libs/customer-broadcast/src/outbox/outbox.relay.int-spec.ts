import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { of, Subject, throwError } from 'rxjs';
import type { DataSource } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { waitFor } from '../../../../test/support/wait.ts';
import { connect, inTransaction, TEST_KIND } from '../../test/data-source.ts';
import type { ActiveBroadcastHint } from '../hint/active-broadcast.hint.ts';
import type { BroadcastEvent } from '../interfaces/broadcast-events.interface.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { BroadcastKindRegistry } from '../kinds/broadcast-kind.registry.ts';
import { BroadcastRepository } from '../lifecycle/broadcast.repository.ts';
import { OutboxRelay } from './outbox.relay.ts';
import { OutboxRepository } from './outbox.repository.ts';
import { OutboxSignal } from './outbox.signal.ts';

/** Longer than the test: whatever happens in it happens without waiting for the next turn. */
const INTERVAL_MS = 600_000;
const BACKLOG = 450;
const UNHEARD = ['c7', 'c150'];

/** Tells how many events the relay was ready to take, each time that it asked for some. */
class RecordingOutbox extends OutboxRepository {
  readonly limits: number[] = [];

  override claim(...claim: Parameters<OutboxRepository['claim']>): ReturnType<OutboxRepository['claim']> {
    this.limits.push(claim[3]);
    return super.claim(...claim);
  }
}

describe('the relay', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let relay: OutboxRelay;
  let outbox: RecordingOutbox;
  let signal: OutboxSignal;
  let heard: BroadcastEvent[];

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
  });

  afterEach(async () => {
    await relay.onModuleDestroy();
    await database.query('TRUNCATE customer_broadcast_outbox, bookings');
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** A listener that replies to everything but the events of {@link UNHEARD}. */
  function startRelay(): void {
    heard = [];
    const events = {
      send: (_pattern: string, event: BroadcastEvent) => {
        heard.push(event);
        return UNHEARD.includes(event.customerId) ? throwError(() => new Error('nobody there')) : of('ok');
      },
    };
    const options = { events, relayIntervalMs: INTERVAL_MS, acknowledgeTimeoutMs: 1000, background: true };
    const kinds = new BroadcastKindRegistry();
    kinds.register(TEST_KIND);
    signal = new OutboxSignal();
    outbox = new RecordingOutbox(dataSource);
    relay = new OutboxRelay(
      options as unknown as ResolvedOptions,
      outbox,
      new BroadcastRepository(dataSource),
      kinds,
      { breaker: { healthy: true, recovered: new Subject() } } as unknown as ActiveBroadcastHint,
      signal,
    );
    relay.onApplicationBootstrap();
  }

  const create = (first: number, last: number): Promise<unknown> =>
    database.query(
      `INSERT INTO bookings (customer_id) SELECT 'c' || n FROM generate_series($1::int, $2::int) n`,
      [first, last],
    );

  const undelivered = async (): Promise<string[]> =>
    (
      await database.query<{ customer: string }>(
        `SELECT DISTINCT customer_id AS customer FROM customer_broadcast_outbox WHERE delivered_at IS NULL ORDER BY 1`,
      )
    ).map(({ customer }) => customer);

  it('delivers a backlog although some of each batch is not acknowledged', async () => {
    await create(1, BACKLOG);
    startRelay();
    await waitFor(async () => (await undelivered()).length === UNHEARD.length);
    expect(await undelivered()).toEqual([...UNHEARD].sort());
    const statuses = await database.query(
      'SELECT status, count(*)::int AS n FROM bookings GROUP BY status ORDER BY status',
    );
    expect(statuses).toEqual([
      { status: 'broadcasting', n: BACKLOG - UNHEARD.length },
      { status: 'created', n: UNHEARD.length },
    ]);
  });

  it('takes less at a time of what a drain has left', async () => {
    await create(1, BACKLOG);
    await database.query('UPDATE customer_broadcast_outbox SET delivered_at = clock_timestamp()');
    await database.query(`UPDATE bookings SET status = 'expired', transition = '{"by": "system:expiry"}'`);
    startRelay();
    await waitFor(async () => (await undelivered()).length === UNHEARD.length);
    const [first, ...others] = outbox.limits;
    expect(Math.max(...others.slice(0, 4))).toBeLessThan(first!);
    expect(heard.filter(({ status }) => status === 'expired').length).toBeGreaterThanOrEqual(BACKLOG);
  });

  it('delivers what follows in the same broadcast right after it', async () => {
    await create(1, 3);
    await database.query(
      `UPDATE bookings SET status = 'cancelled', transition = '{"by": "c1"}' WHERE customer_id = 'c1'`,
    );
    startRelay();
    await waitFor(async () => (await undelivered()).length === 0);
    expect(heard.filter(({ customerId }) => customerId === 'c1').map(({ status }) => status)).toEqual([
      'created',
      'cancelled',
    ]);
  });

  it('does the work after an opening before its event counts as delivered', async () => {
    const attempts: string[][] = [];
    await create(1, 1);
    startRelay();
    relay.afterOpening(async (_kind, ids) => {
      attempts.push([...ids]);
      if (attempts.length === 1) throw new Error('died');
      expect(await undelivered()).toEqual(['c1']);
      return [];
    });
    await waitFor(() => attempts.length === 1);
    expect(await undelivered()).toEqual(['c1']);
    await database.query('UPDATE customer_broadcast_outbox SET available_at = clock_timestamp()'); // its lease has ended
    signal.committed.next();
    await waitFor(async () => (await undelivered()).length === 0);
    expect(attempts[1]).toEqual(attempts[0]);
  });

  it('delivers again the event of a broadcast that somebody had locked, so that it makes its step', async () => {
    await create(1, 1);
    await inTransaction(database, async (other) => {
      await other.query('SELECT 1 FROM bookings FOR UPDATE');
      startRelay();
      await waitFor(async () => {
        const [event] = await database.query<{ attempts: number; claimed_by: string | null }>(
          'SELECT attempts, claimed_by FROM customer_broadcast_outbox',
        );
        return event!.attempts === 1 && event!.claimed_by === null;
      });
      expect(await undelivered()).toEqual(['c1']);
    });
    await database.query('UPDATE customer_broadcast_outbox SET available_at = clock_timestamp()'); // its pause is over
    signal.committed.next();
    await waitFor(async () => (await undelivered()).length === 0);
    expect(await database.query('SELECT status FROM bookings')).toEqual([{ status: 'broadcasting' }]);
  });

  it('delivers again the event of a broadcast with which the work after an opening could not deal', async () => {
    await create(1, 2);
    let attempts = 0;
    startRelay();
    relay.afterOpening((_kind, ids) => Promise.resolve(attempts++ === 0 ? ids.slice(1) : []));
    await waitFor(() => attempts === 1);
    await waitFor(async () => (await undelivered()).length === 1);
  });
});
