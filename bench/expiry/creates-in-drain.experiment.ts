import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { inTurn } from '../in-turn.ts';
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
/** So many that five turns leave more than a million. */
const OVERDUE_BOOKINGS = 2_000_000;
const WARM_UP_MS = 3000;
/** So long that a stall of 0.1 s is less than a hundredth of it. */
const MEASURE_MS = 20_000;

/** What a customer feels of a million broadcasts that have to end at once. */
export const createsInDrain: Experiment = {
  name: 'drain-creates',
  sentence: `${CREATES_PER_SECOND} creates a second of other customers, at even distances, while the expiry command works on more than a million overdue bookings and the service delivers their events; beside the first seconds of one UPDATE of as many rows; and beside nothing.`,
  run: async (context) => {
    const bookings = await openBookings(context);
    const load = startLoad();
    try {
      await fill(bookings, context.quick ? 50_000 : OVERDUE_BOOKINGS, OVERDUE);
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
  const { quick, rounds } = context;
  const ask = async (label: string): Promise<number> => {
    const turn = bookingTurn({
      url,
      customerPrefix: label,
      connections: 64,
      warmUpMs: quick ? 500 : WARM_UP_MS,
      measureMs: quick ? 1000 : MEASURE_MS,
      ratePerSecond: CREATES_PER_SECOND,
      expectedRequests: (CREATES_PER_SECOND * (WARM_UP_MS + MEASURE_MS)) / 1000,
    });
    return (await load.turn(turn, 201)).p99Ms;
  };
  const turns = {
    quiet: ask,
    update: async (label: string): Promise<number> => {
      const update = await startOneUpdate(bookings);
      const p99Ms = await ask(label);
      if ((await update.undo()) && !quick) throw new Error('The UPDATE ended before the creates did.');
      return p99Ms;
    },
    drain: async (label: string): Promise<number> => {
      const command = startExpireCommand(bookings, context.servers.redisUrl);
      const p99Ms = await ask(label);
      command.kill();
      if ((await command.ended) && !quick) throw new Error('The drain ended before the creates did.');
      return p99Ms;
    },
  };
  type Beside = keyof typeof turns;
  const p99Ms: Record<Beside, number[]> = { quiet: [], update: [], drain: [] };
  if (!quick) for (const label of ['first', 'second']) await ask(label);
  for (let round = 0; round < rounds; round += 1) {
    for (const beside of inTurn(Object.keys(turns) as Beside[], round)) {
      p99Ms[beside].push(await turns[beside](`${beside}-${round}`));
      await settle(bookings);
    }
    const of = (beside: Beside): string => p99Ms[beside].at(-1)!.toFixed(1);
    context.progress(
      `round ${round + 1}/${rounds}: p99 ${of('quiet')} ms, ${of('update')} beside one UPDATE, ${of('drain')} while the drain runs`,
    );
  }
  return [
    {
      what: 'p99 of creates, while a drain runs / quiet',
      unit: 'ratio',
      rounds: ratios(p99Ms.drain, p99Ms.quiet),
      target: { atMost: 2 },
    },
    {
      what: 'p99 of creates, beside one UPDATE / quiet',
      unit: 'ratio',
      rounds: ratios(p99Ms.update, p99Ms.quiet),
      target: null,
    },
    { what: 'p99 of creates, while a drain runs', unit: 'ms', rounds: p99Ms.drain, target: null },
    { what: 'p99 of creates, beside one UPDATE', unit: 'ms', rounds: p99Ms.update, target: null },
    { what: 'p99 of creates, quiet', unit: 'ms', rounds: p99Ms.quiet, target: null },
  ];
}

/** What a turn has left to deliver, to clean up and to write is not the next one's. */
async function settle({ client }: Bookings): Promise<void> {
  await client.query('TRUNCATE customer_broadcast_outbox');
  await client.query('VACUUM bookings, single_active."customer-broadcast", customer_broadcast_transitions');
  await client.query('CHECKPOINT');
}
