import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { bookingTurn } from '../load/booking-turn.ts';
import type { LoadResult } from '../load/load.interface.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { ratios } from '../report/statistics.ts';
import { type Contender, startContender } from './start-contenders.ts';

const CONNECTIONS = 32;
const CUSTOMER = 'hammering';

/** One customer with an active booking, who asks again without a pause. */
export const refusals: Experiment = {
  name: 'refusals',
  sentence: `One customer with an active booking asks for another on ${CONNECTIONS} connections without a pause; the limit of writes is off.`,
  run: async (context) => {
    const load = startLoad();
    const started: Contender[] = [];
    try {
      const ours = await startContender(context, 'ours-1');
      started.push(ours);
      const validate = await startContender(context, 'validate');
      started.push(validate);
      await ask(load, ours, { warmUpMs: 0, measureMs: 1, connections: 1, status: 201 });
      await ours.settle();
      await validate.process.pause();
      return await measure(context, load, ours, validate);
    } finally {
      load.stop();
      await Promise.all(started.map((contender) => contender.stop()));
    }
  },
};

async function measure(
  context: BenchContext,
  load: Load,
  ours: Contender,
  validate: Contender,
): Promise<Figure[]> {
  const { quick, rounds } = context;
  const warmUpMs = quick ? 300 : 2000;
  const measureMs = quick ? 700 : 6000;
  const refused: number[] = [];
  const validated: number[] = [];
  const queries: number[] = [];
  const counter = await openQueryCounter(ours.databaseUrl);
  try {
    for (let round = 0; round < rounds; round++) {
      // Who hammers is known after ten refusals, well within the warm-up.
      const before = pause(warmUpMs).then(() => counter.count());
      const turn = { warmUpMs, measureMs, connections: CONNECTIONS };
      refused.push((await ask(load, ours, { ...turn, status: 409 })).perSecond);
      queries.push(((await counter.count()) - (await before)) / (measureMs / 1000));
      await ours.process.pause();
      await validate.process.resume();
      validated.push((await ask(load, validate, { ...turn, status: 200 })).perSecond);
      await validate.process.pause();
      await ours.process.resume();
      context.progress(
        `round ${round + 1}/${rounds}: ${refused.at(-1)!.toFixed(0)} refusals and ${validated.at(-1)!.toFixed(0)} validations a second`,
      );
    }
  } finally {
    await counter.close();
  }
  return [
    {
      what: 'refusals of one customer / validate-only route',
      unit: 'ratio',
      rounds: ratios(refused, validated),
      target: { atLeast: 0.8 },
    },
    {
      what: 'queries of the check for that customer',
      unit: 'per second',
      rounds: queries,
      target: { atMost: 2 },
    },
    { what: 'refusals', unit: 'per second', rounds: refused, target: null },
    { what: 'validate-only route', unit: 'per second', rounds: validated, target: null },
  ];
}

interface Asked {
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly connections: number;
  readonly status: number;
}

function ask(load: Load, contender: Contender, { status, ...turn }: Asked): Promise<LoadResult> {
  return load.turn(
    bookingTurn({
      ...turn,
      url: contender.process.url,
      customerPrefix: CUSTOMER,
      oneCustomer: true,
      expectedRequests: 0,
    }),
    status,
  );
}

/** Counts executions of the guard's check. So does the reconciler, once or twice in half a minute; other work has other statements. */
async function openQueryCounter(
  databaseUrl: string,
): Promise<{ count(): Promise<number>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  return {
    count: async () => {
      const { rows } = await client.query<{ calls: string }>(
        `SELECT coalesce(sum(calls), 0) AS calls FROM pg_stat_statements
          WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND query LIKE 'SELECT kind, id,%active_broadcasts%'`,
      );
      const calls = Number(rows[0]!.calls);
      // The create that made the booking has been checked: a statement of another text would be counted as none.
      if (calls === 0) throw new Error('no check was counted: has its text changed?');
      return calls;
    },
    close: () => client.end(),
  };
}
