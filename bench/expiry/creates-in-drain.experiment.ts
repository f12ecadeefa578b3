import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import type { LoadResult } from '../load/load.interface.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { ratios } from '../report/statistics.ts';
import {
  type Bookings,
  fill,
  openBookings,
  OVERDUE,
  startExpireCommand,
  startOneUpdate,
} from './overdue-bookings.ts';
import { startBookingService } from '../site/booking-service.ts';
import { bookingTurn } from '../load/booking-turn.ts';

const CREATES_PER_SECOND = 100;

/** What a customer feels of a million broadcasts that have to end at once. */
export const createsInDrain: Experiment = {
  name: 'drain-creates',
  sentence: `${CREATES_PER_SECOND} creates a second of other customers, at even distances, while the expiry command works on a million overdue bookings and the service delivers their events; beside the first seconds of one UPDATE of as many rows; and beside nothing.`,
  run: async (context) => {
    const bookings = await openBookings(context);
    const load = startLoad();
    try {
      await fill(bookings, context.quick ? 50_000 : 1_000_000, OVERDUE);
      const service = await startBookingService(context, bookings.url, {
        EXPIRY_MODE: 'external',
      });
      try {
        return await measure(context, bookings, load, service.url);
      } finally {
        await service.kill();
      }
    } finally {
      load.stop();
      await bookings.close();
    }
  },
};

async function measure(
  context: BenchContext,
  bookings: Bookings,
  load: Load,
  url: string,
): Promise<Figure[]> {
  const quiet: LoadResult[] = [];
  const besideUpdate: LoadResult[] = [];
  const draining: LoadResult[] = [];
  const ask = (label: string): Promise<LoadResult> =>
    load.turn(
      bookingTurn({
        url,
        customerPrefix: label,
        connections: 64,
        warmUpMs: context.quick ? 500 : 3000,
        measureMs: context.quick ? 1000 : 8000,
        ratePerSecond: CREATES_PER_SECOND,
        expectedRequests: CREATES_PER_SECOND * 11,
      }),
      201,
    );
  const p99 = (results: readonly LoadResult[]): string => results.at(-1)!.p99Ms.toFixed(1);
  if (!context.quick) for (const label of ['first', 'second']) await ask(label);
  for (let round = 0; round < context.rounds; round += 1) {
    quiet.push(await ask(`quiet-${round}`));
    const update = await startOneUpdate(bookings);
    besideUpdate.push(await ask(`update-${round}`));
    if ((await update.undo()) && !context.quick) throw new Error('The UPDATE ended before the creates did.');
    const command = startExpireCommand(bookings, context.servers.redisUrl);
    draining.push(await ask(`draining-${round}`));
    command.kill();
    if (!context.quick && (await command.ended)) throw new Error('The drain ended before the creates did.');
    await command.ended;
    // What is left to deliver is not the next quiet turn's.
    await bookings.client.query('TRUNCATE customer_broadcast_outbox');
    context.progress(
      `round ${round + 1}/${context.rounds}: p99 ${p99(quiet)} ms, ${p99(besideUpdate)} beside one UPDATE, ${p99(draining)} while the drain runs`,
    );
  }
  const of = (results: readonly LoadResult[]): number[] => results.map(({ p99Ms }) => p99Ms);
  return [
    {
      what: 'p99 of creates, while a drain runs / quiet',
      unit: 'ratio',
      rounds: ratios(of(draining), of(quiet)),
      target: { atMost: 2 },
    },
    {
      what: 'p99 of creates, beside one UPDATE / quiet',
      unit: 'ratio',
      rounds: ratios(of(besideUpdate), of(quiet)),
      target: null,
    },
    { what: 'p99 of creates, while a drain runs', unit: 'ms', rounds: of(draining), target: null },
    { what: 'p99 of creates, beside one UPDATE', unit: 'ms', rounds: of(besideUpdate), target: null },
    { what: 'p99 of creates, quiet', unit: 'ms', rounds: of(quiet), target: null },
  ];
}
