import pg from 'pg';

import type { SeededRandom } from '../../random.ts';
import type { Fault } from '../fault.interface.ts';
import { repeatedly } from '../repetition.ts';

const SQL = { subject: 'sql', target: () => 'postgres' } as const;
const TABLES = ['bookings', 'orders'] as const;

/** The constraints that say it: slot, foreign key to it, unique index. Any other refusal would be a fault of these statements. */
const RULE = /^(single_active:customer-broadcast(:proof)?|uq_(bookings|orders)_active_customer)$/;

interface ActiveRow {
  readonly kind: string;
  readonly id: string;
  readonly customer_id: string;
}

/** Ways to a second active row of a customer who has one. COPY reads what a program prints: the customer is plain text. */
const ATTEMPTS: readonly ((
  table: string,
  row: ActiveRow,
) => { readonly before?: string; readonly sql: string; readonly values?: string[] })[] = [
  (table, { customer_id }) => ({
    sql: `INSERT INTO ${table} (customer_id, status) VALUES ($1, 'active')`,
    values: [customer_id],
  }),
  (table, { customer_id }) => ({
    sql: `INSERT INTO ${table} (customer_id) VALUES ($1) ON CONFLICT (id) DO NOTHING`,
    values: [customer_id],
  }),
  (table, { customer_id }) => ({
    before: 'SET LOCAL session_replication_role = replica',
    sql: `INSERT INTO ${table} (customer_id, status) VALUES ($1, 'broadcasting')`,
    values: [customer_id],
  }),
  (table, { customer_id }) => ({
    sql: `COPY ${table} (customer_id, status) FROM PROGRAM 'echo ${customer_id},active' (FORMAT csv)`,
  }),
  // A past row of the same customer, if there is one, is made active again.
  (table, { customer_id }) => ({
    sql: `WITH past AS (INSERT INTO ${table} (customer_id, status) VALUES ($1, 'cancelled') RETURNING id)
            SELECT id FROM past`,
    values: [customer_id],
  }),
];

/** An administrator at psql. */
export const SQL_FAULTS: readonly Fault[] = [
  {
    ...SQL,
    name: 'sql-writers',
    matrix: 'F25',
    sentence:
      'INSERT, COPY and UPDATE by hand try for a second active row of a customer who has one, also as a replication role',
    lastsMs: [1000, 4000],
    apply: async ({ postgres }, _target, random) => {
      const client = await connect(postgres.url);
      let refused = 0;
      let accepted = 0;
      const undo = repeatedly(
        async () => {
          const was = await trySecondRow(client, random);
          if (was === 'refused') refused += 1;
          if (was === 'accepted') accepted += 1;
        },
        () => 20,
      );
      return async () => {
        await undo();
        await client.end().catch(() => undefined);
        return `${refused} refused, ${accepted} accepted`;
      };
    },
  },
  {
    ...SQL,
    name: 'sql-cancels',
    matrix: 'F25',
    sentence: 'active broadcasts are cancelled by a plain UPDATE, which no service knows of',
    lastsMs: [1000, 3000],
    apply: ({ pool }, _target, random) => {
      let cancelled = 0;
      const undo = repeatedly(
        async () => {
          const table = random.pick(TABLES);
          const { rowCount } = await pool.query(
            `UPDATE ${table} SET status = 'cancelled' WHERE id IN
               (SELECT id FROM ${table} WHERE active_customer_id IS NOT NULL ORDER BY random() LIMIT 2 FOR UPDATE SKIP LOCKED)`,
          );
          cancelled += rowCount ?? 0;
        },
        () => 100,
      );
      return Promise.resolve(async () => {
        await undo();
        return `${cancelled} broadcasts cancelled`;
      });
    },
  },
  {
    ...SQL,
    name: 'deadlock-storm',
    matrix: 'F24',
    sentence:
      'four administrators end the same few broadcasts in one transaction each, in random order, and mostly roll back',
    lastsMs: [1500, 4000],
    apply: async ({ postgres, pool }, _target, random) => {
      const clients = await Promise.all(Array.from({ length: 4 }, () => connect(postgres.url)));
      let deadlocks = 0;
      const undo = repeatedly(
        async () => {
          const { rows } = await pool.query<ActiveRow>(
            'SELECT kind, id, customer_id FROM active_broadcasts ORDER BY random() LIMIT 5',
          );
          const ends = await Promise.all(
            clients.map((client) => endAll(client, shuffled(rows, random), random)),
          );
          deadlocks += ends.filter((code) => code === '40P01').length;
        },
        () => 20,
        ({ done }) => `${done} rounds, ${deadlocks} deadlocks`,
      );
      return async () => {
        const seen = await undo();
        await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
        return seen;
      };
    },
  },
];

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000, query_timeout: 5000 });
  client.on('error', () => undefined); // its statements fail, and are counted
  await client.connect();
  return client;
}

/** The row that the customer has is locked meanwhile, so that it cannot end: the second one has to be refused. */
async function trySecondRow(
  client: pg.Client,
  random: SeededRandom,
): Promise<'refused' | 'accepted' | 'idle'> {
  await client.query('BEGIN');
  try {
    const owned = random.pick(TABLES);
    const { rows } = await client.query<ActiveRow>(
      `SELECT kind, id, customer_id FROM ${owned}
        WHERE active_customer_id IS NOT NULL AND customer_id ~ '^[A-Za-z0-9_-]+$'
        ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    const [row] = rows;
    if (!row) return 'idle';
    const { before, sql, values } = random.pick(ATTEMPTS)(random.pick(TABLES), row);
    if (before !== undefined) await client.query(before);
    const { rows: past } = await client.query<{ id: string }>(sql, values);
    if (past[0]) {
      await client.query(`UPDATE bookings SET status = 'active' WHERE id = $1`, [past[0].id]);
      await client.query(`UPDATE orders SET status = 'active' WHERE id = $1`, [past[0].id]);
    }
    // Not rolled back: what the database lets in, the checkers must see.
    await client.query('COMMIT');
    return 'accepted';
  } catch (error) {
    const { constraint } = error as { constraint?: string };
    if (constraint !== undefined && RULE.test(constraint)) return 'refused';
    throw error;
  } finally {
    await client.query('ROLLBACK');
  }
}

/** @returns the code of what went wrong, null when nothing did */
async function endAll(
  client: pg.Client,
  rows: readonly ActiveRow[],
  random: SeededRandom,
): Promise<string | null> {
  const end = random.chance(0.2) ? 'COMMIT' : 'ROLLBACK';
  try {
    await client.query('BEGIN');
    for (const { kind, id } of rows) {
      await client.query(
        `UPDATE ${kind}s SET status = 'cancelled' WHERE id = $1 AND active_customer_id IS NOT NULL`,
        [id],
      );
    }
    await client.query(end);
    return null;
  } catch (error) {
    await client.query('ROLLBACK');
    return (error as { code?: string }).code ?? 'unknown';
  }
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.int(left.length), 1)[0]!);
}
