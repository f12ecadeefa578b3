import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { rowsReadBy } from '../../../test/support/rows-read.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { BroadcastExpiryRepository } from '../src/expiry/broadcast-expiry.repository.ts';
import { ActiveBroadcastRepository } from '../src/check/active-broadcast.repository.ts';
import { IdempotencyRepository } from '../src/idempotency/idempotency.repository.ts';
import { BroadcastRepository } from '../src/lifecycle/broadcast.repository.ts';
import { OutboxRepository } from '../src/outbox/outbox.repository.ts';
import { KeptPlansWorker } from '../src/postgres/kept-plans.worker.ts';
import { runPrepared } from '../src/postgres/prepared-statement.ts';
import { connect, TEST_KIND } from './data-source.ts';

const TABLES = [
  'bookings',
  'orders',
  'single_active."customer-broadcast"',
  'customer_broadcast_transitions',
  'customer_broadcast_outbox',
  'customer_broadcast_idempotency_keys',
];
/** Postgres keeps a plan from the sixth time on. */
const TIMES = 8;
const GROWN = 3000;
/** Of an index over nothing, or next to nothing of a table, Postgres believes that any way of reading it costs the same. */
const FIRST = [
  { active: 0, ended: 0 },
  { active: 20, ended: 0 },
  { active: 0, ended: GROWN },
];
/** More than any of these needs, and little beside what there is. */
const FEW = 150;
const BY = 'system:test';
const STEP = { from: ['created'], by: BY, evenOverdue: false };
const LEASE_MS = 60_000;

/** What a connection does all day, each with a broadcast that was just created. */
function work(one: DataSource): Record<string, (id: string, customerId: string) => Promise<unknown>> {
  const broadcasts = new BroadcastRepository(one);
  const expiry = new BroadcastExpiryRepository(one);
  const outbox = new OutboxRepository(one);
  const actives = new ActiveBroadcastRepository(one);
  const answers = new IdempotencyRepository(one);
  const token = randomUUID();
  const broadcasting = { from: 'created', to: 'broadcasting', by: BY } as const;
  return {
    'find what is active': (_id, customerId) => actives.find(customerId),
    'find what several have active': (_id, customerId) => actives.findMany([customerId, 'nobody']),
    'list customers with a slot': () => actives.listCustomers('', 10),
    'compare slots': async () => actives.countSlotDrift('', (await actives.listCustomers('', 10)).at(-1)!),
    'read the state': (id) => broadcasts.findState(TEST_KIND, id),
    'make a step of many': (id) => broadcasts.transitionMany(TEST_KIND, broadcasting, [id, randomUUID()]),
    'claim events': () => outbox.claim([TEST_KIND.name], token, LEASE_MS, 10),
    'mark events': () => outbox.markDelivered(['1', '2'], token),
    'release events': () => outbox.release(['3', '4'], token),
    'look for the next deadline': () => expiry.nextDeadlineInMs(TEST_KIND, new Date().toISOString()),
    'expire what is due': () => expiry.expireDue(TEST_KIND, null, 10),
    'expire what a customer has overdue': (_id, customerId) => actives.expireOverdue(customerId),
    'delete old answers': () => answers.prune(10),
    'make a step': (id) => broadcasts.transition(TEST_KIND, id, { ...STEP, to: 'active' }),
    cancel: (id) => broadcasts.transition(TEST_KIND, id, { ...STEP, to: 'cancelled' }),
    'cancel what a customer has active': (_id, customerId) => actives.cancelActive(customerId),
  };
}

describe.each(FIRST)('a connection opened with $active active and $ended ended', ({ active, ended }) => {
  let database: TestDatabase;
  let one: DataSource;
  let tasks: ReturnType<typeof work>;

  beforeAll(async () => {
    database = await createTestDatabase();
    for (const table of TABLES) await database.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
    one = await connect(database, { poolSize: 1 });
    await add(ended);
    await one.query(`UPDATE bookings SET status = 'cancelled'`);
    await add(active);
    // This is what there is, as Postgres believes from now on.
    await database.query(`VACUUM (ANALYZE) ${TABLES.join(', ')}`);
    tasks = work(one);
    const worker = new KeptPlansWorker(one);
    await worker.look();
    for (let time = 0; time < TIMES; time++) {
      for (const task of Object.values(tasks)) {
        const customerId = randomUUID();
        await one.query('BEGIN');
        // With nothing active, not even what this transaction made: its one row is enough for another plan.
        await task(active === 0 ? randomUUID() : await create(customerId), customerId);
        await one.query('ROLLBACK');
      }
    }
    await add(GROWN);
    await worker.look();
  });

  afterAll(async () => {
    await one.destroy();
    await database.drop();
  });

  /** By the connection itself, whose counts are complete whenever it is asked for them. */
  async function add(count: number): Promise<void> {
    await one.query(
      'INSERT INTO bookings (customer_id) SELECT gen_random_uuid() FROM generate_series(1, $1::int)',
      [count],
    );
    await one.query(
      `INSERT INTO customer_broadcast_idempotency_keys (actor_id, route, key, request_hash, headers)
       SELECT gen_random_uuid(), 'r', 'k', '', '{}' FROM generate_series(1, $1::int)`,
      [count],
    );
  }

  async function create(customerId: string): Promise<string> {
    const { rows } = await runPrepared<{ id: string }>(
      one,
      { name: 'create', text: 'INSERT INTO bookings (customer_id) VALUES ($1) RETURNING id' },
      [customerId],
    );
    return rows[0]!.id;
  }

  const readBy = (task: () => Promise<unknown>): Promise<number> => rowsReadBy(one, database, '%', task);

  it('creates without reading what has come since', async () => {
    expect(await readBy(() => create(randomUUID()))).toBeLessThan(FEW);
  });

  it.each(Object.keys(work(null as unknown as DataSource)))('does not read it to %s', async (name) => {
    const customerId = randomUUID();
    const id = await create(customerId);
    expect(await readBy(() => tasks[name]!(id, customerId))).toBeLessThan(FEW);
  });
});
