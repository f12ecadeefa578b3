import { randomUUID } from 'node:crypto';

import pg from 'pg';

import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { inTurn } from '../in-turn.ts';
import { removeGuard } from '../http/plain-tables.ts';
import { ratios } from '../report/statistics.ts';

/** One for each of the connections that a service has, which is what bounds it. */
const CONNECTIONS = 10;
const PLACE = { latitude: 12.9716, longitude: 77.5946, address: '1 Mill Road' };

/** Of the service's own insert what the database does for it: one statement, one transaction, one answer with the row. */
const INSERT = `
  INSERT INTO bookings (id, customer_id, trucks_needed, expires_at, state_changed_by, pickup, drop_off, vehicle_type)
  VALUES ($1, $2, 1, clock_timestamp() + interval '10 hours', $2, $3, $3, 'open') RETURNING id, status, created_at`;

/** What this Postgres can commit, without a service in front of it: nobody's creates can be faster. */
export const limit: Experiment = {
  name: 'limit',
  sentence: `The INSERT of a booking from a prepared statement on ${CONNECTIONS} connections, without HTTP: into a plain table, and under slot, history and outbox.`,
  run: async (context) => {
    const plain = await open(context, removeGuard);
    const guarded = await open(context);
    try {
      return await measure(context, plain, guarded);
    } finally {
      await Promise.all([plain.close(), guarded.close()]);
    }
  },
};

interface Target {
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

async function open(context: BenchContext, prepare?: (url: string) => Promise<void>): Promise<Target> {
  const database = await context.createDatabase();
  const { url } = database;
  await prepare?.(url);
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  return {
    pool,
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

async function measure(context: BenchContext, plain: Target, guarded: Target): Promise<Figure[]> {
  const turnMs = context.quick ? 500 : 6000;
  const perSecond = { plain: [] as number[], guarded: [] as number[] };
  if (!context.quick) for (const target of [plain, guarded]) await insertFor(target, turnMs / 3);
  for (let round = 0; round < context.rounds; round++) {
    for (const name of inTurn(['plain', 'guarded'] as const, round))
      perSecond[name].push(await insertFor(name === 'plain' ? plain : guarded, turnMs));
    context.progress(
      `round ${round + 1}/${context.rounds}: ${perSecond.plain.at(-1)!.toFixed(0)} plain and ${perSecond.guarded.at(-1)!.toFixed(0)} guarded inserts a second`,
    );
  }
  return [
    {
      what: 'inserts, under slot, history and outbox / plain',
      unit: 'ratio',
      rounds: ratios(perSecond.guarded, perSecond.plain),
      target: null,
    },
    { what: 'inserts, plain', unit: 'per second', rounds: perSecond.plain, target: null },
    { what: 'inserts, guarded', unit: 'per second', rounds: perSecond.guarded, target: null },
  ];
}

/** @returns inserts a second, of customers who have none yet */
async function insertFor({ pool }: Target, turnMs: number): Promise<number> {
  const startedAtMs = performance.now();
  let done = 0;
  const connection = async (): Promise<void> => {
    const client = await pool.connect();
    try {
      while (performance.now() - startedAtMs < turnMs) {
        const id = randomUUID();
        await client.query({ name: 'insert', text: INSERT, values: [id, `limit-${id}`, PLACE] });
        done += 1;
      }
    } finally {
      client.release();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return done / ((performance.now() - startedAtMs) / 1000);
}
