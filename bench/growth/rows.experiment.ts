import pg from 'pg';

import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { type Contender, startContender } from '../http/start-contenders.ts';
import { inTurn } from '../in-turn.ts';
import { bookingTurn } from '../load/booking-turn.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { ratios } from '../report/statistics.ts';

const CONNECTIONS = 32;
const CHUNK = 500_000;
const MILLION = 1_000_000;
const SIZES = [0, MILLION, 10 * MILLION] as const;
const TRIGGERS = ['stamp', 'insert', 'update', 'delete', 'truncate'];

interface Filled {
  readonly size: (typeof SIZES)[number];
  readonly contender: Contender;
  readonly perSecond: number[];
}

/** What a create costs after years. */
export const rows: Experiment = {
  name: 'rows',
  sentence: `Creates of fresh customers with ten million completed bookings in the tables, each with a line of history; with one million; and with none. ${CONNECTIONS} connections that never pause.`,
  run: async (context) => {
    const { redisUrl, lockUrls } = context.servers;
    const load = startLoad();
    const all: Filled[] = [];
    try {
      for (const [index, size] of SIZES.entries()) {
        // Events go to every listener of a Redis: each service has one of its own.
        const env = { REDIS_URL: [redisUrl, ...lockUrls][index]! };
        const contender = await startContender(context, 'ours-1', env);
        all.push({ size, contender, perSecond: [] });
        await contender.process.pause();
        await fillWithCompleted(context, contender.databaseUrl, context.quick ? size / 100 : size);
      }
      return await measure(context, load, all);
    } finally {
      load.stop();
      await Promise.all(all.map(({ contender }) => contender.stop()));
    }
  },
};

async function fillWithCompleted(context: BenchContext, databaseUrl: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Finished rows have no slot, and one line of history is written with each.
    await client.query('ALTER TABLE bookings DISABLE TRIGGER USER');
    for (let done = 0; done < count; done += CHUNK) {
      await client.query(
        `WITH filled AS (
           INSERT INTO bookings (customer_id, status, trucks_filled, expires_at, created_at, vehicle_type)
           SELECT 'past-' || n % ${MILLION}, 'completed', 1, now() - interval '1 day', now() - n * interval '1 second', 'open'
             FROM generate_series($1::integer + 1, $2::integer) n RETURNING id, customer_id, created_at)
         INSERT INTO customer_broadcast_transitions
           (kind, broadcast_id, customer_id, from_status, to_status, changed_at, changed_by)
         SELECT 'booking', id, customer_id, 'in_progress', 'completed', created_at, customer_id FROM filled`,
        [done, Math.min(done + CHUNK, count)],
      );
      if (done % (4 * CHUNK) === 0) context.progress(`${done} of ${count} rows are there`);
    }
    for (const trigger of TRIGGERS)
      await client.query(`ALTER TABLE bookings ENABLE ALWAYS TRIGGER customer_broadcast_${trigger}`);
    await client.query('VACUUM ANALYZE bookings, customer_broadcast_transitions');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

async function measure(context: BenchContext, load: Load, all: readonly Filled[]): Promise<Figure[]> {
  if (!context.quick)
    for (const label of ['first', 'second'])
      for (const filled of all) await ask(context, load, filled, label);
  for (let round = 0; round < context.rounds; round += 1) {
    for (const filled of inTurn(all, round))
      filled.perSecond.push(await ask(context, load, filled, `round-${round}`));
    const text = all.map(({ size, perSecond }) => `${perSecond.at(-1)!.toFixed(0)} with ${size}`);
    context.progress(`round ${round + 1}/${context.rounds}: creates a second ${text.join(', ')}`);
  }
  const [none, , most] = all;
  return [
    {
      what: 'throughput, with 10,000,000 finished rows / with none',
      unit: 'ratio',
      rounds: ratios(most!.perSecond, none!.perSecond),
      target: { atLeast: 0.85 },
    },
    ...all.map(({ size, perSecond }): Figure => ({
      what: `throughput, with ${size.toLocaleString('en')} finished rows`,
      unit: 'per second',
      rounds: perSecond,
      at: { series: 'Creates a second, by finished rows', x: size },
      target: null,
    })),
  ];
}

async function ask(
  context: BenchContext,
  load: Load,
  { size, contender }: Filled,
  label: string,
): Promise<number> {
  await contender.process.resume();
  const { perSecond } = await load.turn(
    bookingTurn({
      url: contender.process.url,
      customerPrefix: `${size}-${label}`,
      connections: CONNECTIONS,
      warmUpMs: context.quick ? 300 : 2000,
      measureMs: context.quick ? 700 : 6000,
      expectedRequests: context.quick ? 3000 : 15_000,
    }),
    201,
  );
  await contender.settle();
  await contender.process.pause();
  return perSecond;
}
