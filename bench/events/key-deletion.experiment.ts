import { Redis } from 'ioredis';

import { waitFor } from '../../test/support/wait.ts';
import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { type Bookings, openBookings } from '../expiry/overdue-bookings.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { percentile } from '../report/statistics.ts';
import { startBookingService } from '../site/booking-service.ts';
import { bookingTurn } from '../load/booking-turn.ts';

const KEY = 'customer:active-broadcast:';
const TIMEOUT_SECONDS = 15;
const CREATES_PER_SECOND = 50;

/** How long a customer's key outlives the broadcast that it names. */
export const keyDeletion: Experiment = {
  name: 'key-deletion',
  sentence: `${CREATES_PER_SECOND} bookings a second end: from the commit of the end to the deletion of the key by the listener. Half of them by their deadline, half by a plain UPDATE, of which no service knows.`,
  run: async (context) => {
    const bookings = await openBookings(context);
    const load = startLoad();
    const watch = await watchDeletions(context.servers.redisUrl);
    const service = await startBookingService(context, bookings.url, {
      BROADCAST_TIMEOUT_SECONDS: String(context.quick ? 5 : TIMEOUT_SECONDS),
    });
    try {
      return await measure(context, bookings, load, service.url, watch);
    } finally {
      load.stop();
      await service.kill();
      watch.stop();
      await bookings.close();
    }
  },
};

interface Watch {
  /** When the key of a customer was deleted, milliseconds since 1970. */
  readonly deletedAtMs: ReadonlyMap<string, number>;
  stop(): void;
}

async function watchDeletions(redisUrl: string): Promise<Watch> {
  const redis = new Redis(redisUrl);
  // Only the deletions, so that watching costs next to nothing.
  await redis.config('SET', 'notify-keyspace-events', 'Eg');
  const deletedAtMs = new Map<string, number>();
  await redis.subscribe('__keyevent@0__:del');
  redis.on('message', (_channel, key: string) => {
    if (key.startsWith(KEY))
      deletedAtMs.set(key.slice(KEY.length), performance.timeOrigin + performance.now());
  });
  return { deletedAtMs, stop: () => redis.disconnect() };
}

async function measure(
  context: BenchContext,
  bookings: Bookings,
  load: Load,
  url: string,
  watch: Watch,
): Promise<Figure[]> {
  const ways = { expired: [] as number[][], cancelled: [] as number[][] };
  const seconds = context.quick ? 2 : 10;
  for (let round = 0; round < context.rounds; round += 1) {
    const prefix = `round-${round}`;
    await load.turn(
      bookingTurn({
        url,
        customerPrefix: prefix,
        connections: 16,
        measureMs: seconds * 1000,
        ratePerSecond: CREATES_PER_SECOND,
        expectedRequests: CREATES_PER_SECOND * seconds,
      }),
      201,
    );
    await cancelHalf(bookings, prefix);
    for (const status of ['expired', 'cancelled'] as const) {
      ways[status].push(await delays(bookings, prefix, status, watch));
    }
    const text = (status: keyof typeof ways): string =>
      `${status} ${percentile(ways[status].at(-1)!, 0.99).toFixed(0)} ms`;
    context.progress(
      `round ${round + 1}/${context.rounds}: p99 of ${text('expired')}, of ${text('cancelled')}`,
    );
  }
  const figure = (what: string, of: readonly number[][], part: number, atMost: number | null): Figure => ({
    what,
    unit: 'ms',
    rounds: of.map((values) => percentile(values, part)),
    target: atMost === null ? null : { atMost },
  });
  return [
    figure('end by deadline to deletion of the key, p99', ways.expired, 0.99, 50),
    figure('end by plain SQL to deletion of the key, p99', ways.cancelled, 0.99, 50),
    figure('end by deadline to deletion of the key, p50', ways.expired, 0.5, null),
    figure('end by plain SQL to deletion of the key, p50', ways.cancelled, 0.5, null),
  ];
}

/** One at a time, as a support desk or a script would. */
async function cancelHalf({ client }: Bookings, prefix: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM bookings WHERE customer_id LIKE $1 AND active_customer_id IS NOT NULL ORDER BY id`,
    [`${prefix}-%`],
  );
  for (const { id } of rows.filter((_, index) => index % 2 === 0)) {
    await client.query(`UPDATE bookings SET status = 'cancelled' WHERE id = $1`, [id]);
    // Spread out, so that the relay is met at every point of its pause.
    await client.query('SELECT pg_sleep(0.017)');
  }
}

/** From each commit to the deletion, milliseconds. */
async function delays(
  { client }: Bookings,
  prefix: string,
  status: string,
  { deletedAtMs }: Watch,
): Promise<number[]> {
  const active = `SELECT FROM bookings WHERE customer_id LIKE $1 AND active_customer_id IS NOT NULL LIMIT 1`;
  await waitFor(async () => (await client.query(active, [`${prefix}-%`])).rowCount === 0, {
    timeoutMs: 60_000,
    intervalMs: 200,
    describe: 'every booking to end',
  });
  const { rows } = await client.query<{ customer_id: string; ms: number }>(
    `SELECT customer_id, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1000 AS ms
       FROM bookings WHERE customer_id LIKE $1 AND status = $2`,
    [`${prefix}-%`, status],
  );
  await waitFor(() => rows.every(({ customer_id }) => deletedAtMs.has(customer_id)), {
    timeoutMs: 10_000,
    describe: `the keys of ${rows.length} customers to be deleted`,
  });
  return rows.map(({ customer_id, ms }) => deletedAtMs.get(customer_id)! - ms);
}
