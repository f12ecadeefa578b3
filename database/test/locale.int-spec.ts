import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../test/support/test-database.ts';

const run = promisify(execFile);
const MIGRATE = resolve(import.meta.dirname, '../../dist/database/migrate.js');
const CUSTOMERS = 3_000;

/** Keys in mixed case: what one locale sorts apart, another sorts together. */
const KEY = `translate(md5(n::text), 'abcdef', 'aBcDeF') || '-' || n`;

/** Every table whose key decides something, and a statement that must find what is there already. */
const SECOND_ROWS: readonly (readonly [promise: string, fill: string, second: string])[] = [
  [
    'a second booking of a customer',
    `INSERT INTO bookings (customer_id) SELECT ${KEY} FROM generate_series(1, ${CUSTOMERS}) n`,
    `INSERT INTO bookings (customer_id) VALUES ($1)`,
  ],
  ['an order beside a booking', 'SELECT 1', `INSERT INTO orders (customer_id) VALUES ($1)`],
  [
    'a second acceptance of a transporter',
    `INSERT INTO customer_broadcast_acceptances (kind, broadcast_id, transporter_id, trucks)
     SELECT 'booking', '00000000-0000-0000-0000-000000000001', ${KEY}, 1 FROM generate_series(1, ${CUSTOMERS}) n`,
    `INSERT INTO customer_broadcast_acceptances (kind, broadcast_id, transporter_id, trucks)
     VALUES ('booking', '00000000-0000-0000-0000-000000000001', $1, 1)`,
  ],
  [
    'an idempotency key used again',
    `INSERT INTO customer_broadcast_idempotency_keys (actor_id, route, key, request_hash, headers)
     SELECT ${KEY}, 'r', 'k', '', '{}' FROM generate_series(1, ${CUSTOMERS}) n`,
    `INSERT INTO customer_broadcast_idempotency_keys (actor_id, route, key, request_hash, headers)
     VALUES ($1, 'r', 'k', '', '{}')`,
  ],
  [
    'a message claimed twice',
    `INSERT INTO message_claims (message_id) SELECT ${KEY} FROM generate_series(1, ${CUSTOMERS}) n`,
    `INSERT INTO message_claims (message_id) VALUES ($1)`,
  ],
];

describe('a change of the locale data under the same files', () => {
  let database: TestDatabase;
  let url: string;
  const name = `locale_${process.pid}_${Date.now()}`;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query(
      `CREATE DATABASE ${name} TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`,
    );
    url = Object.assign(new URL(database.url), { pathname: `/${name}` }).href;
    await run(process.execPath, [MIGRATE], { env: { ...process.env, DATABASE_URL: url } });
    await inSession(async (client) => {
      for (const [, fill] of SECOND_ROWS) await client.query(fill);
    });
    // What an upgrade of the system's locale data does: another order, and nothing tells Postgres.
    await database.query(
      `UPDATE pg_database SET daticurules = '& 9 < a < A < 0 & c < B < 1' WHERE datname = '${name}'`,
    );
  }, 60_000);

  afterAll(async () => {
    await database.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await database.drop();
  });

  async function inSession<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  test('has changed the order of text in this database', async () => {
    const rows = await inSession((client) =>
      client.query(`SELECT ${KEY} AS key FROM generate_series(1, 50) n ORDER BY 1`),
    );
    const bytewise = await inSession((client) =>
      client.query(
        `SELECT ${KEY} AS key FROM generate_series(1, 50) n ORDER BY (${KEY}) COLLATE "en-US-x-icu"`,
      ),
    );
    expect(rows.rows).not.toEqual(bytewise.rows);
  });

  test.each(SECOND_ROWS)('lets through no %s', async (_, __, second) => {
    const written = await inSession(async (client) => {
      const keys = await client.query<{ key: string }>(
        `SELECT ${KEY} AS key FROM generate_series(1, ${CUSTOMERS}, 7) n`,
      );
      let count = 0;
      for (const { key } of keys.rows) {
        count += await client.query(second, [key]).then(
          () => 1,
          (error: unknown) => {
            if (error instanceof pg.DatabaseError && error.code === '23505') return 0;
            throw error;
          },
        );
      }
      return count;
    });
    expect(written).toBe(0);
  });

  test('no index of a table decides by the order of the database’s locale', async () => {
    const rows = await inSession((client) =>
      client.query(`
        SELECT i.indexrelid::regclass::text AS index
          FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid AND t.relnamespace = 'public'::regnamespace,
               unnest(i.indcollation) AS c (oid)
         WHERE c.oid = 'pg_catalog.default'::regcollation AND t.relname <> 'migrations'`),
    );
    expect(rows.rows).toEqual([]);
  });
});
