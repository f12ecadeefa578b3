import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { createApiClient, type ApiClient } from '../../test/support/api-client.ts';
import { startCluster, type Cluster } from '../../test/support/cluster.ts';
import { waitFor } from '../../test/support/wait.ts';
import {
  createGuardedDatabase,
  refusalOf,
  SLOT_TAKEN,
  SLOTS,
  type GuardedDatabase,
} from './guarded-database.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/database-roles.md');
const ROLES = ['booking_service', 'order_service', 'broadcast_service'];
const INSUFFICIENT_PRIVILEGE = '42501';

/** Roles belong to the whole server, which other files use at the same time. */
const suffix = randomBytes(4).toString('hex');
const password = randomBytes(12).toString('hex');
let database: GuardedDatabase;
let urls: Record<'booking_service' | 'order_service', string>;

beforeAll(async () => {
  database = await createGuardedDatabase();
  const [, sql = ''] = /```sql\n([^]*?)```/.exec(await readFile(PAGE, 'utf8')) ?? [];
  await database.query(ROLES.reduce((text, role) => text.replaceAll(role, `${role}_${suffix}`), sql));
  const urlOf = async (role: string): Promise<string> => {
    const username = `${role}_${suffix}`;
    await database.query(`ALTER ROLE ${username} PASSWORD '${password}'`);
    return Object.assign(new URL(database.url), { username, password }).href;
  };
  urls = {
    booking_service: await urlOf('booking_service'),
    order_service: await urlOf('order_service'),
  };
});
afterAll(async () => {
  await database.query(`DROP OWNED BY ${ROLES.map((role) => `${role}_${suffix}`).join(', ')}`);
  await database.query(`DROP ROLE ${ROLES.map((role) => `${role}_${suffix}`).join(', ')}`);
  await database.drop();
});

/** As booking_service; the transaction, if one is open, is gone afterwards. */
const asService = (...statements: string[]): ReturnType<typeof refusalOf> =>
  refusalOf(
    database.session(async (client) => {
      for (const statement of statements) await client.query(statement);
    }, urls.booking_service),
  );

describe('the role of a service in psql', () => {
  test('inserts, reads and ends bookings, and the slot follows', async () => {
    expect(await asService(`INSERT INTO bookings (customer_id) VALUES ('p1')`)).toBeNull();
    expect(await asService(`INSERT INTO bookings (customer_id) SELECT 'p1' FROM bookings`)).not.toBeNull();
    await database.query(`INSERT INTO orders (customer_id) VALUES ('p2')`);
    expect(await asService(`INSERT INTO bookings (customer_id) VALUES ('p2')`)).toEqual(SLOT_TAKEN);
    expect(await asService(`UPDATE bookings SET status = 'cancelled' WHERE customer_id = 'p1'`)).toBeNull();
    expect(await database.drift()).toEqual([]);
    expect(await database.doubles()).toEqual([]);
  });

  test('reads what the reconciler compares: the slots and the active broadcasts of every kind', async () => {
    const compare = `SELECT count(*) FROM customer_broadcast_slots s
      FULL JOIN active_broadcasts a ON a.customer_id = s.customer_id`;
    expect(await asService(compare)).toBeNull();
  });

  test('is named in the history of what it wrote', async () => {
    await asService(`INSERT INTO bookings (customer_id) VALUES ('p3')`);
    const by = await database.query(
      `SELECT changed_by FROM customer_broadcast_transitions WHERE customer_id = 'p3'`,
    );
    expect(by).toEqual([{ changed_by: `sql:booking_service_${suffix}` }]);
  });

  test.each([
    ['write a slot', `INSERT INTO customer_broadcast_slots VALUES ('x', 'booking', gen_random_uuid())`],
    ['free a slot', 'DELETE FROM customer_broadcast_slots'],
    ['move a slot', `UPDATE customer_broadcast_slots SET customer_id = 'x'`],
    ['truncate the slots', `TRUNCATE ${SLOTS} CASCADE`],
    ['read the slots but through the view', `SELECT * FROM ${SLOTS}`],
    ['delete its bookings', 'DELETE FROM bookings'],
    ['truncate its bookings', 'TRUNCATE bookings'],
    ['write another service’s table', `INSERT INTO orders (customer_id) VALUES ('x')`],
    ['read another service’s table', 'SELECT * FROM orders'],
    ['disable the triggers', 'ALTER TABLE bookings DISABLE TRIGGER ALL'],
    ['disable one trigger', 'ALTER TABLE bookings DISABLE TRIGGER customer_broadcast_insert'],
    ['drop the foreign key', 'ALTER TABLE bookings DROP CONSTRAINT "single_active:customer-broadcast:proof"'],
    ['drop the unique index', 'DROP INDEX uq_bookings_active_customer'],
    ['replace a trigger function', 'DROP FUNCTION customer_broadcast_after_insert() CASCADE'],
    ['act as a replica', 'SET session_replication_role = replica'],
    ['become the owner', 'SET ROLE postgres'],
    ['rewrite the history', `UPDATE customer_broadcast_transitions SET changed_by = 'x'`],
    ['erase the history', 'DELETE FROM customer_broadcast_transitions'],
    ['forge an event', `INSERT INTO customer_broadcast_outbox DEFAULT VALUES`],
    ['drop events', 'DELETE FROM customer_broadcast_outbox'],
    ['register a kind', `INSERT INTO customer_broadcast_kinds VALUES ('x', 'x', '/x')`],
    ['make a table beside its own', 'CREATE TABLE bookings_more () INHERITS (bookings)'],
  ])('may not %s', async (_what, sql) => {
    expect((await asService(sql))?.code).toBe(INSUFFICIENT_PRIVILEGE);
  });

  test.each([
    ['insert', 'customer_broadcast_after_insert'],
    ['update', 'customer_broadcast_after_update'],
    ['delete', 'customer_broadcast_after_delete'],
    ['insert', 'single_active."customer-broadcast:order:insert"'],
    ['update', 'single_active."customer-broadcast:order:update"'],
    ['delete', 'single_active."customer-broadcast:order:delete"'],
    ['truncate', 'single_active."customer-broadcast:order:truncate"'],
  ])(
    'may not hang the function of the %s trigger %s on a table of its own, and so reach slots, history and events',
    async (event, name) => {
      const tables = { insert: 'NEW TABLE AS new_rows', delete: 'OLD TABLE AS old_rows', truncate: '' };
      const transition =
        event in tables ? tables[event as keyof typeof tables] : 'NEW TABLE AS n OLD TABLE AS o';
      const refusal = await asService(
        'CREATE TEMP TABLE mine (LIKE bookings)',
        `CREATE TRIGGER t AFTER ${event} ON mine ${transition && `REFERENCING ${transition}`}
           FOR EACH STATEMENT EXECUTE FUNCTION ${name}('order')`,
      );
      expect(refusal?.code).toBe(INSUFFICIENT_PRIVILEGE);
    },
  );
});

describe('both services under their roles', () => {
  const place = { latitude: 12.97, longitude: 77.59, address: 'MG Road' };
  const booking = { pickup: place, drop: place, vehicleType: 'open', trucksNeeded: 2 };
  const order = { pickup: place, drop: place, items: [{ vehicleType: 'open', quantity: 1 }] };
  const clusters: Cluster[] = [];
  let bookings: string;
  let orders: string;
  const customer = (url: string, sub: string): ApiClient => createApiClient(url, { sub, role: 'customer' });
  const transporter = (url: string): ApiClient => createApiClient(url, { sub: 't1', role: 'transporter' });

  beforeAll(async () => {
    const one = await startCluster({
      database,
      orders: 0,
      databaseUrl: urls.booking_service,
      awaitStores: true,
    });
    clusters.push(one);
    const other = await startCluster({
      database,
      redis: one.redis,
      bookings: 0,
      databaseUrl: urls.order_service,
      awaitStores: true,
    });
    clusters.push(other);
    bookings = one.bookings[0]!.url;
    orders = other.orders[0]!.url;
  });
  afterAll(async () => {
    for (const cluster of clusters.toReversed()) await cluster.stop();
  });

  test('live through a request from create to complete, and a refusal, a list and a history', async () => {
    const owner = customer(bookings, 's1');
    const created = await owner.post('/v1/bookings', booking);
    expect(created.status).toBe(201);
    const refused = await customer(orders, 's1').post('/v1/orders', order);
    expect(refused.body).toMatchObject({
      code: 'ORDER_ACTIVE_EXISTS',
      activeBroadcast: { id: created.body.id },
    });
    const path = `/v1/bookings/${created.body.id}`;
    expect((await transporter(bookings).post(`${path}/accept`, { trucks: 2 })).status).toBe(200);
    expect((await transporter(bookings).post(`${path}/start`)).status).toBe(200);
    expect((await transporter(bookings).post(`${path}/complete`)).body.status).toBe('completed');
    expect((await owner.get('/v1/bookings')).body.items).toHaveLength(1);
    const history = (await owner.get(`${path}/history`)).body.items;
    expect(history?.at(-1)).toMatchObject({ to: 'completed', by: 't1' });
  });

  test('order, accept an item and cancel', async () => {
    const owner = customer(orders, 's2');
    const created = await owner.post('/v1/orders', {
      ...order,
      items: [{ vehicleType: 'open', quantity: 3 }],
    });
    expect(created.status).toBe(201);
    const accept = { itemId: created.body.items?.[0]?.id, trucks: 1 };
    const accepted = await transporter(orders).post(`/v1/orders/${created.body.id}/accept`, accept);
    expect(accepted.body).toMatchObject({ status: 'partially_filled', trucksFilled: 1 });
    expect((await customer(bookings, 's2').get('/v1/active-broadcast')).body.id).toBe(created.body.id);
    expect((await owner.post(`/v1/orders/${created.body.id}/cancel`)).body.status).toBe('cancelled');
  });

  test('expire what is overdue, also in the table of the other service, and deliver every event', async () => {
    await database.query(`INSERT INTO orders (customer_id, expires_at) VALUES ('s3', now())`);
    expect((await customer(bookings, 's3').post('/v1/bookings', booking)).status).toBe(201);
    const overdue = `SELECT 1 FROM active_broadcasts WHERE expires_at <= now()`;
    await waitFor(async () => (await database.query(overdue)).length === 0, { describe: 'the expiry' });
    const undelivered = `SELECT id FROM customer_broadcast_outbox WHERE delivered_at IS NULL`;
    await waitFor(async () => (await database.query(undelivered)).length === 0, { describe: 'the relay' });
  });

  test('were never denied anything', async () => {
    for (const url of [bookings, orders]) {
      expect((await createApiClient(url, null).get('/metrics')).status).toBe(200);
      expect((await createApiClient(url, null).get('/health/ready')).body.status).toBe('ok');
    }
    const logs = clusters.flatMap(({ bookings: b, orders: o }) =>
      [...b, ...o].flatMap((service) => service.logs()),
    );
    expect(logs.length).toBeGreaterThan(0);
    expect(logs.filter((line) => /permission denied|"level":[56]0/.test(line))).toEqual([]);
  });
});
