import { waitFor } from '../../test/support/wait.ts';
import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { percentile } from '../report/statistics.ts';
import { type Bookings, fill, openBookings } from './overdue-bookings.ts';
import { startBookingService } from '../site/booking-service.ts';

const DEADLINES_PER_SECOND = 1000;
/** Until the first deadline: the rows are filled in before. */
const HEAD_START = `interval '4 seconds'`;

/** How long after its deadline a broadcast is still on the air. */
export const lateness: Experiment = {
  name: 'lateness',
  sentence: `${DEADLINES_PER_SECOND} deadlines a second, at even distances, with one booking service: from a deadline to the commit that ends the broadcast.`,
  run: async (context) => {
    const bookings = await openBookings(context);
    const service = await startBookingService(context, bookings.url);
    try {
      return await measure(context, bookings);
    } finally {
      await service.kill();
      await bookings.close();
    }
  },
};

async function measure(context: BenchContext, bookings: Bookings): Promise<Figure[]> {
  const p99: number[] = [];
  const worst: number[] = [];
  const count = DEADLINES_PER_SECOND * (context.quick ? 2 : 15);
  for (let round = 0; round < context.rounds; round += 1) {
    const late = await endAll(bookings, count);
    p99.push(percentile(late, 0.99));
    worst.push(percentile(late, 1));
    context.progress(
      `round ${round + 1}/${context.rounds}: p99 ${p99.at(-1)!.toFixed(0)} ms, worst ${worst.at(-1)!.toFixed(0)} ms`,
    );
  }
  return [
    { what: 'lateness of expiry, p99', unit: 'ms', rounds: p99, target: { atMost: 250 } },
    { what: 'lateness of expiry, worst', unit: 'ms', rounds: worst, target: null },
  ];
}

/** @returns of each booking, milliseconds */
async function endAll(bookings: Bookings, count: number): Promise<number[]> {
  const { client } = bookings;
  await fill(
    bookings,
    count,
    `now() + ${HEAD_START} + n * interval '${1_000_000 / DEADLINES_PER_SECOND} microseconds'`,
  );
  await waitFor(
    async () =>
      (await client.query(`SELECT FROM bookings WHERE active_customer_id IS NOT NULL LIMIT 1`)).rowCount ===
      0,
    { timeoutMs: 60_000, intervalMs: 500, describe: 'every booking to expire' },
  );
  const { rows } = await client.query<{ ms: number }>(
    `SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - expires_at)::float8 * 1000 AS ms
       FROM bookings WHERE status = 'expired'`,
  );
  if (rows.length !== count) throw new Error(`${rows.length} bookings are expired of ${count}.`);
  return rows.map(({ ms }) => ms);
}
