import { waitFor } from '../../test/support/wait.ts';
import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { type Bookings, openBookings } from '../expiry/overdue-bookings.ts';
import { startBookingService } from '../site/booking-service.ts';

const TABLES = ['outbox', 'transitions', 'idempotency_keys'] as const;
type Table = (typeof TABLES)[number];

const FILL: Readonly<Record<Table, string>> = {
  outbox: `INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at, delivered_at)
    SELECT 'opened', 'booking', gen_random_uuid(), 'c' || n, 'created', now() - interval '3 days', now() - interval '3 days'
      FROM generate_series(1, $1::integer) n`,
  transitions: `INSERT INTO customer_broadcast_transitions (kind, broadcast_id, customer_id, to_status, changed_at, changed_by)
    SELECT 'booking', gen_random_uuid(), 'c' || n, 'created', now() - interval '3 days', 'c' || n
      FROM generate_series(1, $1::integer) n`,
  idempotency_keys: `INSERT INTO customer_broadcast_idempotency_keys (actor_id, route, key, request_hash, status, headers, body, created_at)
    SELECT 'c' || n, 'POST /v1/bookings', gen_random_uuid()::text, sha256(n::text::bytea), 201, '{}',
           json_build_object('id', gen_random_uuid(), 'status', 'created', 'trucksNeeded', 1), now() - interval '3 days'
      FROM generate_series(1, $1::integer) n`,
};

/** Whether what is old goes faster than it comes. */
export const pruning: Experiment = {
  name: 'pruning',
  sentence:
    'A booking service that finds, at its start, a million each of old delivered events, lines of history and answers to retries: rows that it deletes in a second.',
  run: async (context) => {
    const perSecond: Record<Table, number[]> = { outbox: [], transitions: [], idempotency_keys: [] };
    for (let round = 0; round < context.rounds; round += 1) {
      const bookings = await openBookings(context);
      try {
        const measured = await pruneAll(context, bookings);
        for (const table of TABLES) perSecond[table].push(measured[table]);
        const text = TABLES.map((table) => `${table} ${measured[table].toFixed(0)}`).join(', ');
        context.progress(`round ${round + 1}/${context.rounds}: rows a second of ${text}`);
      } finally {
        await bookings.close();
      }
    }
    return TABLES.map((table): Figure => ({
      what: `pruning of ${table}`,
      unit: 'per second',
      rounds: perSecond[table],
      target: null,
    }));
  },
};

async function pruneAll(context: BenchContext, bookings: Bookings): Promise<Record<Table, number>> {
  const count = context.quick ? 20_000 : 1_000_000;
  for (const table of TABLES) await bookings.client.query(FILL[table], [count]);
  await bookings.client.query('VACUUM ANALYZE');
  await bookings.client.query('CHECKPOINT');
  const service = await startBookingService(context, bookings.url, { HISTORY_RETENTION_DAYS: '1' });
  try {
    // One table after the other; its time runs from its first look to its last.
    const seconds = {} as Record<Table, number>;
    let beganAtMs = performance.now();
    for (const table of TABLES) {
      // The newest line of history is never deleted.
      const wanted = table === 'transitions' ? count - 1 : count;
      await waitFor(async () => (await prunedRows(service.url, table)) >= wanted, {
        timeoutMs: 300_000,
        intervalMs: 50,
        describe: `${wanted} rows of ${table} to be deleted`,
      });
      seconds[table] = (performance.now() - beganAtMs) / 1000;
      beganAtMs = performance.now();
    }
    return {
      outbox: count / seconds.outbox,
      transitions: count / seconds.transitions,
      idempotency_keys: count / seconds.idempotency_keys,
    };
  } finally {
    await service.kill();
  }
}

async function prunedRows(url: string, table: Table): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const line = new RegExp(
    `^customer_broadcast_pruned_rows_total\\{[^}]*table="${table}"[^}]*\\} (\\d+)`,
    'm',
  );
  return Number(line.exec(metrics)?.[1] ?? 0);
}
