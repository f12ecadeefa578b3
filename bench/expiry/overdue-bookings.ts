import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import pg from 'pg';

import { TEST_JWT_SECRET } from '../../test/support/api-client.ts';
import { DIST } from '../../tools/paths.ts';
import type { BenchContext } from '../experiment.interface.ts';

/** A database whose bookings are put there by SQL, as its owner. */
export interface Bookings {
  readonly url: string;
  readonly client: pg.Client;
  close(): Promise<void>;
}

export async function openBookings(context: BenchContext): Promise<Bookings> {
  const database = await context.createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return {
    url: database.url,
    client,
    close: async () => {
      await client.end();
      await database.drop();
    },
  };
}

/**
 * Only these are there afterwards, each of another customer; their opening events are gone, so that no relay has them to
 * deliver.
 *
 * @param deadline SQL of the deadline of the `n`th, beginning with 1
 */
export async function fill({ client }: Bookings, count: number, deadline: string): Promise<void> {
  await client.query(`TRUNCATE bookings, orders, order_items, single_active."customer-broadcast", customer_broadcast_transitions,
    customer_broadcast_outbox`);
  await client.query(
    `INSERT INTO bookings (customer_id, expires_at)
     SELECT 'filled-' || n, ${deadline} FROM generate_series(1, $1::integer) n`,
    [count],
  );
  await client.query('TRUNCATE customer_broadcast_outbox');
  await client.query('VACUUM ANALYZE bookings, single_active."customer-broadcast"');
  await client.query('CHECKPOINT');
}

export const OVERDUE = `now() - n * interval '1 millisecond'`;

/** Ends all that are overdue at once. */
export const ONE_UPDATE = `UPDATE bookings SET status = 'expired', transition = '{"by": "system:expiry-worker", "reason": "deadline passed"}'
  WHERE active_customer_id IS NOT NULL AND expires_at <= clock_timestamp()`;

/** {@link ONE_UPDATE} under way, on a connection of its own. */
export interface UpdateUnderWay {
  /** Stops it, and nothing was done. @returns whether it had ended before */
  undo(): Promise<boolean>;
}

export async function startOneUpdate({ url, client }: Bookings): Promise<UpdateUnderWay> {
  const own = new pg.Client({ connectionString: url });
  await own.connect();
  const { rows } = await own.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await own.query('BEGIN');
  const hasEnded = own.query(ONE_UPDATE).then(
    () => true,
    () => false, // cancelled
  );
  return {
    undo: async () => {
      await client.query('SELECT pg_cancel_backend($1)', [rows[0]!.pid]);
      const ended = await hasEnded;
      await own.query('ROLLBACK');
      await own.end();
      return ended;
    },
  };
}

/** The command that a CronJob runs. */
export interface ExpireCommand {
  /** Resolves at its end, of itself or not. */
  readonly ended: Promise<{ readonly expired: number; readonly durationMs: number } | null>;
  kill(): void;
}

export function startExpireCommand({ url }: Bookings, redisUrl: string): ExpireCommand {
  const child = spawn(process.execPath, [join(DIST, 'booking-service/expire.js')], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      DATABASE_URL: url,
      REDIS_URL: redisUrl,
      AUTH_JWT_SECRET: TEST_JWT_SECRET,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  const ended = once(child, 'close').then(async () => {
    const line = (await output).trim();
    return line === '' ? null : (JSON.parse(line) as { expired: number; durationMs: number });
  });
  return { ended, kill: () => void child.kill('SIGKILL') };
}
