import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { inTurn } from '../in-turn.ts';
import { ratios } from '../report/statistics.ts';
import {
  type Bookings,
  fill,
  ONE_UPDATE,
  openBookings,
  OVERDUE,
  startExpireCommand,
} from './overdue-bookings.ts';

/** The expiry command against what Postgres needs for the same rows in one statement. */
export const drain: Experiment = {
  name: 'drain',
  sentence:
    'The expiry command on bookings that are all overdue, and one UPDATE of as many, both under slot, history and outbox. One million, and a tenth of it.',
  run: async (context) => {
    const bookings = await openBookings(context);
    try {
      return await measure(context, bookings);
    } finally {
      await bookings.close();
    }
  },
};

async function measure(context: BenchContext, bookings: Bookings): Promise<Figure[]> {
  const many = context.quick ? 20_000 : 1_000_000;
  const few = many / 10;
  const { redisUrl } = context.servers;
  const perSecond = { update: [] as number[], many: [] as number[], few: [] as number[] };
  const turns: Readonly<Record<keyof typeof perSecond, () => Promise<number>>> = {
    update: () => updateAll(bookings, many),
    many: () => drainAll(bookings, redisUrl, many),
    few: () => drainAll(bookings, redisUrl, few),
  };
  for (let round = 0; round < context.rounds; round += 1) {
    const names = Object.keys(turns) as (keyof typeof perSecond)[];
    for (const name of inTurn(names, round)) {
      perSecond[name].push(await turns[name]());
      context.progress(`round ${round + 1}, ${name}: ${perSecond[name].at(-1)!.toFixed(0)} rows a second`);
    }
  }
  const rows = many.toLocaleString('en');
  return [
    {
      what: `rows a second, drain / one UPDATE, of ${rows}`,
      unit: 'ratio',
      rounds: ratios(perSecond.many, perSecond.update),
      target: { atLeast: 0.5 },
    },
    {
      what: `time of a row, drain of ${rows} / of ${few.toLocaleString('en')}`,
      unit: 'ratio',
      rounds: ratios(perSecond.few, perSecond.many),
      target: { atMost: 1.3 },
    },
    { what: `drain of ${rows}`, unit: 'per second', rounds: perSecond.many, target: null },
    { what: `one UPDATE of ${rows}`, unit: 'per second', rounds: perSecond.update, target: null },
  ];
}

/** @returns rows a second */
async function updateAll(bookings: Bookings, count: number): Promise<number> {
  await fill(bookings, count, OVERDUE);
  const startedAtMs = performance.now();
  const { rowCount } = await bookings.client.query(ONE_UPDATE);
  return rate(count, rowCount, performance.now() - startedAtMs);
}

/** @returns rows a second, without the start of the command */
async function drainAll(bookings: Bookings, redisUrl: string, count: number): Promise<number> {
  await fill(bookings, count, OVERDUE);
  const run = await startExpireCommand(bookings, redisUrl).ended;
  return rate(count, run?.expired ?? null, run?.durationMs ?? 0);
}

function rate(count: number, expired: number | null, durationMs: number): number {
  if (expired !== count)
    throw new Error(`${expired ?? 'no'} rows were expired of ${count} that were overdue.`);
  return count / (durationMs / 1000);
}
