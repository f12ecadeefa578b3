import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { race } from '../../../../test/support/race.ts';
import { rowsReadBy } from '../../../../test/support/rows-read.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { waitFor } from '../../../../test/support/wait.ts';
import { connect } from '../../test/data-source.ts';
import { OutboxRepository, type OutboxRow } from './outbox.repository.ts';

const LEASE_MS = 60_000;
const LIMIT = 100;
const ADD = `INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
  VALUES ('opened', $2, $1, 'c1', 'created', clock_timestamp()) RETURNING id`;

describe('the outbox', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let one: DataSource;
  let outbox: OutboxRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await connect(database);
    one = await connect(database, { poolSize: 1 });
    outbox = new OutboxRepository(dataSource);
  });

  beforeEach(async () => {
    await database.query('TRUNCATE customer_broadcast_outbox RESTART IDENTITY');
  });

  afterAll(async () => {
    await Promise.all([dataSource.destroy(), one.destroy()]);
    await database.drop();
  });

  const add = async (broadcastId: string = randomUUID(), kind = 'booking'): Promise<string> =>
    (await database.query<{ id: string }>(ADD, [broadcastId, kind]))[0]!.id;

  const claim = (token: string = randomUUID(), leaseMs = LEASE_MS, limit = LIMIT): Promise<OutboxRow[]> =>
    outbox.claim(['booking'], token, leaseMs, limit);

  const readByAClaim = (): Promise<number> =>
    rowsReadBy(one, database, 'customer_broadcast_outbox', async () => {
      const claimed = await new OutboxRepository(one).claim(['booking'], randomUUID(), LEASE_MS, LIMIT);
      expect(claimed).toHaveLength(LIMIT);
    });

  const idsOf = (rows: readonly OutboxRow[]): string[] => rows.map(({ id }) => id);

  it('hands out what an event consists of', async () => {
    const broadcastId = randomUUID();
    const id = await add(broadcastId);
    const fields = { type: 'opened', kind: 'booking', broadcastId, customerId: 'c1', status: 'created' };
    const generated = { eventId: expect.stringMatching(/^[0-9a-f-]{36}$/), occurredAt: expect.any(Date) };
    expect(await claim()).toEqual([{ id, ...fields, ...generated }]);
  });

  it('hands out the oldest rows first, at most as many as were asked for', async () => {
    const ids: string[] = [];
    for (let row = 0; row < 12; row++) ids.push(await add());
    expect(idsOf(await claim(undefined, LEASE_MS, 5))).toEqual(ids.slice(0, 5));
    expect(idsOf(await claim(undefined, LEASE_MS, 5))).toEqual(ids.slice(5, 10));
    expect(idsOf(await claim())).toEqual(ids.slice(10));
  });

  it('keeps to the limit also where Postgres has no statistics of a grown table yet', async () => {
    await database.query(`INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
      SELECT 'opened', 'booking', gen_random_uuid(), 'c' || n, 'created', now() FROM generate_series(1, 2000) n`);
    expect(await claim()).toHaveLength(LIMIT);
    const [leased] = await database.query(
      'SELECT count(*)::int AS n FROM customer_broadcast_outbox WHERE attempts > 0',
    );
    expect(leased).toEqual({ n: LIMIT });
  });

  it('reads hardly more rows than it hands out, with and without statistics of a backlog', async () => {
    const addMany = (deliveredAt: string): Promise<unknown> =>
      database.query(`INSERT INTO customer_broadcast_outbox
          (type, kind, broadcast_id, customer_id, status, occurred_at, delivered_at)
        SELECT 'opened', 'booking', gen_random_uuid(), 'c' || n, 'created', now(), ${deliveredAt}
          FROM generate_series(1, 10000) n`);
    await addMany('now()');
    // Everything is delivered, and that is what Postgres believes until it looks again.
    await database.query('VACUUM (ANALYZE) customer_broadcast_outbox');
    await addMany('NULL');
    expect(await readByAClaim()).toBeLessThan(10 * LIMIT);
    await database.query('ANALYZE customer_broadcast_outbox');
    expect(await readByAClaim()).toBeLessThan(10 * LIMIT);
  });

  it('does not read again and again what was delivered since the last vacuum', async () => {
    await database.query('ALTER TABLE customer_broadcast_outbox SET (autovacuum_enabled = false)');
    // As with a service that was started when there was nothing: a connection keeps the plan that it made for an empty table.
    await database.query('VACUUM (ANALYZE) customer_broadcast_outbox');
    const early = new OutboxRepository(one);
    for (let round = 0; round < 10; round++)
      expect(await early.claim(['booking'], randomUUID(), LEASE_MS, LIMIT)).toEqual([]);
    const read: number[] = [];
    for (let round = 0; round < 20; round++) {
      for (let row = 0; row < LIMIT; row++) await add();
      read.push(await readByAClaim());
      await database.query(
        'UPDATE customer_broadcast_outbox SET delivered_at = now() WHERE delivered_at IS NULL',
      );
    }
    // Not always so few: an entry is marked once no older snapshot can see its row, and another test may hold one.
    expect(Math.min(...read.slice(-10))).toBeLessThan(10 * LIMIT);
    await database.query('ALTER TABLE customer_broadcast_outbox RESET (autovacuum_enabled)');
  });

  it('leaves the rows of kinds that the process does not own', async () => {
    await add(randomUUID(), 'parcel');
    expect(await claim()).toEqual([]);
  });

  it('hands out a row only when the earlier ones of its broadcast are delivered', async () => {
    const broadcastId = randomUUID();
    const [first, second] = [await add(broadcastId), await add(broadcastId)];
    const token = randomUUID();
    expect(idsOf(await claim(token))).toEqual([first]);
    expect(await claim()).toEqual([]);
    await outbox.release([first], token);
    expect(await claim()).toEqual([]);
    const again = randomUUID();
    await waitFor(async () => (await claim(again)).length > 0);
    await outbox.markDelivered([first], again);
    expect(idsOf(await claim())).toEqual([second]);
  });

  it('hands out a row whose transaction committed after those of larger ids', async () => {
    const late = await database.pool.connect();
    try {
      await late.query('BEGIN');
      await late.query(ADD, [randomUUID(), 'booking']);
      const early = await add();
      expect(idsOf(await claim())).toEqual([early]);
      await late.query('COMMIT');
      expect(idsOf(await claim())).toEqual(['1']);
      expect(early).toBe('2');
    } finally {
      late.release();
    }
  });

  it('hands out each row to one of several claimers, and each broadcast in order', async () => {
    const broadcasts = Array.from({ length: 60 }, () => randomUUID());
    for (let event = 0; event < 2; event++) {
      for (const broadcastId of broadcasts) await add(broadcastId);
    }
    const { fulfilled, rejected } = await race(8, async () => {
      const claimed: OutboxRow[] = [];
      for (let round = 0; round < 20; round++) {
        const token = randomUUID();
        const rows = await claim(token, LEASE_MS, 7);
        claimed.push(...rows);
        await outbox.markDelivered(idsOf(rows), token);
      }
      return claimed;
    });
    expect(rejected).toEqual([]);
    const ids = fulfilled.flatMap(idsOf);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(2 * broadcasts.length);
    const inOrder = await database.query(`SELECT a.id FROM customer_broadcast_outbox a
      JOIN customer_broadcast_outbox b ON b.broadcast_id = a.broadcast_id AND b.id > a.id
     WHERE a.delivered_at < b.delivered_at AND a.attempts = 1 AND b.attempts = 1`);
    expect(inOrder).toHaveLength(broadcasts.length);
  });
});
