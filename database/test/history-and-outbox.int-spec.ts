import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { createGuardedDatabase, refusalOf, type GuardedDatabase } from './guarded-database.ts';

let database: GuardedDatabase;
beforeAll(async () => {
  database = await createGuardedDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.clear());

const history = () =>
  database.query(`SELECT kind, customer_id, from_status AS from, to_status AS to, changed_by AS by, reason
    FROM customer_broadcast_transitions ORDER BY id`);
const events = async (): Promise<string[]> =>
  (
    await database.query<{ event: string }>(
      `SELECT concat_ws(' ', type, kind, customer_id, status) AS event FROM customer_broadcast_outbox ORDER BY id`,
    )
  ).map(({ event }) => event);
const set = (status: string, table = 'bookings') =>
  database.query(`UPDATE ${table} SET status = '${status}'`);
const open = (table = 'bookings') => database.query(`INSERT INTO ${table} (customer_id) VALUES ('c1')`);

describe('the history', () => {
  test('names the role that wrote by hand', async () => {
    await open();
    await set('cancelled');
    const common = { kind: 'booking', customer_id: 'c1', by: 'sql:postgres', reason: null };
    expect(await history()).toEqual([
      { ...common, from: null, to: 'created' },
      { ...common, from: 'created', to: 'cancelled' },
    ]);
  });

  test('names the role that logged in, whatever role it has taken on', async () => {
    await database.session((client) =>
      client.query(`BEGIN; GRANT INSERT ON bookings TO pg_monitor; SET LOCAL ROLE pg_monitor;
        INSERT INTO bookings (customer_id) VALUES ('c1'); COMMIT`),
    );
    expect(await history()).toMatchObject([{ by: 'sql:postgres' }]);
  });

  test('says who and why when the update says so, and forgets it for the next one', async () => {
    await open();
    await database.query(
      `UPDATE bookings SET status = 'active', transition = '{"by": "d1", "reason": "notified"}'`,
    );
    await set('expired');
    expect((await history()).slice(1)).toMatchObject([
      { to: 'active', by: 'd1', reason: 'notified' },
      { to: 'expired', by: 'sql:postgres', reason: null },
    ]);
  });

  test('is not told by the insert who the next update was', async () => {
    const sql = `INSERT INTO bookings (customer_id, transition) VALUES ('c1', '{"by": "d1"}')`;
    const outcome = await refusalOf(database.query(sql));
    expect(outcome).toEqual({ code: '23514', constraint: 'ck_bookings_transition' });
  });

  test('cannot be told another author through the column that shows it', async () => {
    await open();
    await database.query(`UPDATE bookings SET status = 'cancelled', state_changed_by = 'somebody'`);
    expect((await history())[1]).toMatchObject({ by: 'sql:postgres' });
  });

  test.each([
    ['a truck count', 'UPDATE bookings SET trucks_needed = 5, trucks_filled = 2'],
    ['the same status again', `UPDATE bookings SET status = 'created'`],
    ['an author without a status', `UPDATE bookings SET transition = '{"by": "x"}'`],
    ['a row that is not there', `UPDATE bookings SET status = 'cancelled' WHERE false`],
  ])('and the outbox gain nothing from an update of %s', async (_what, sql) => {
    await open();
    await database.query(sql);
    expect(await history()).toHaveLength(1);
    expect(await events()).toEqual(['opened booking c1 created']);
    expect(await database.query('SELECT 1 FROM bookings WHERE transition IS NOT NULL')).toEqual([]);
  });

  test('has the instant of the row, by the clock of the database and not of the transaction', async () => {
    await open();
    await database.session((client) => client.query(`BEGIN; UPDATE bookings SET status = 'active'; COMMIT`));
    const [row] = await database.query<{ same: boolean; later: boolean }>(
      `SELECT t.changed_at = b.state_changed_at AS same, t.changed_at > b.created_at AS later
         FROM customer_broadcast_transitions t JOIN bookings b ON b.id = t.broadcast_id WHERE t.to_status = 'active'`,
    );
    expect(row).toEqual({ same: true, later: true });
  });
});

describe('the outbox', () => {
  test('has one opening and one end for a whole life', async () => {
    await open('orders');
    for (const status of [
      'broadcasting',
      'active',
      'partially_filled',
      'fully_filled',
      'in_progress',
      'completed',
    ])
      await set(status, 'orders');
    expect(await events()).toEqual(['opened order c1 created', 'terminal order c1 fully_filled']);
    expect(await history()).toHaveLength(7);
  });

  test('has an opening for a request that is put on the air again, and another end', async () => {
    await open();
    await set('expired');
    await set('active');
    await set('cancelled');
    expect(await events()).toEqual([
      'opened booking c1 created',
      'terminal booking c1 expired',
      'opened booking c1 active',
      'terminal booking c1 cancelled',
    ]);
  });

  test('has nothing for a row that is inserted as ended, whose history has its beginning', async () => {
    await database.query(`INSERT INTO bookings (customer_id, status) VALUES ('c1', 'completed')`);
    expect(await events()).toEqual([]);
    expect(await history()).toMatchObject([{ from: null, to: 'completed' }]);
  });

  test('has an end for an active row that is deleted, and none for an ended one', async () => {
    await open();
    await database.query('DELETE FROM bookings');
    await open();
    await set('completed');
    await database.query('DELETE FROM bookings');
    expect((await events()).filter((event) => event.startsWith('terminal'))).toEqual([
      'terminal booking c1 cancelled',
      'terminal booking c1 completed',
    ]);
  });

  test('has one row per broadcast for a statement over many, and each event an id of its own', async () => {
    await database.query(`INSERT INTO bookings (customer_id) SELECT 'c' || n FROM generate_series(1, 500) n`);
    await set('expired');
    const [counts] = await database.query(
      `SELECT count(*) FILTER (WHERE type = 'opened')::int AS opened, count(*) FILTER (WHERE type = 'terminal')::int
         AS terminal, count(DISTINCT event_id)::int AS ids, count(DISTINCT broadcast_id)::int AS broadcasts
         FROM customer_broadcast_outbox`,
    );
    expect(counts).toEqual({ opened: 500, terminal: 500, ids: 1000, broadcasts: 500 });
  });

  test('and the history have nothing of a transaction that is rolled back, or of a row that is refused', async () => {
    await database.session((client) =>
      client.query(`BEGIN; INSERT INTO bookings (customer_id) VALUES ('x'); ROLLBACK`),
    );
    await open();
    expect(await refusalOf(open('orders'))).not.toBeNull();
    expect(await events()).toHaveLength(1);
    expect(await history()).toHaveLength(1);
  });
});
