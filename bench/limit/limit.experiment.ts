import { randomUUID } from 'node:crypto';

import pg from 'pg';

import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { inTurn } from '../in-turn.ts';
import { removeGuard } from '../http/plain-tables.ts';
import { ratios } from '../report/statistics.ts';

/** One for each of the connections that a service has, which is what bounds it. */
const CONNECTIONS = 10;
const PLACE = { latitude: 12.9716, longitude: 77.5946, address: '1 Mill Road' };

/** As many as creates at full speed share an insert. */
const ROWS_AT_ONCE = 16;

/** Of the service's own insert what the database does for it: one statement, one transaction, one answer with the rows. */
const INSERT = `
  INSERT INTO bookings (id, customer_id, trucks_needed, expires_at, state_changed_by, pickup, drop_off, vehicle_type)
  SELECT id, 'limit-' || id, 1, clock_timestamp() + interval '10 hours', 'limit-' || id, $2, $2, 'open'
    FROM unnest($1::uuid[]) AS id
  RETURNING id, status, created_at`;

/** What this Postgres can commit, without a service in front of it: no contender's creates can be faster. */
export const limit: Experiment = {
  name: 'limit',
  sentence: `The INSERT of a booking, and of ${ROWS_AT_ONCE} at once, from a prepared statement on ${CONNECTIONS} connections, without HTTP: into a plain table, and under slot, history and outbox.`,
  run: async (context) => {
    const plain = await open(context, removeGuard);
    const guarded = await open(context);
    try {
      return await measure(context, [
        { name: 'plain', target: plain, rows: 1 },
        { name: 'guarded', target: guarded, rows: 1 },
        { name: `plain, ${ROWS_AT_ONCE} in a statement`, target: plain, rows: ROWS_AT_ONCE },
        { name: `guarded, ${ROWS_AT_ONCE} in a statement`, target: guarded, rows: ROWS_AT_ONCE },
      ]);
    } finally {
      await Promise.all([plain.close(), guarded.close()]);
    }
  },
};

interface Target {
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

interface Contender {
  readonly name: string;
  readonly target: Target;
  /** In one statement. */
  readonly rows: number;
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

async function measure(context: BenchContext, contenders: readonly Contender[]): Promise<Figure[]> {
  const turnMs = context.quick ? 500 : 6000;
  const perSecond = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  if (!context.quick) for (const contender of contenders) await insertFor(contender, turnMs / 3);
  for (let round = 0; round < context.rounds; round++) {
    for (const contender of inTurn(contenders, round)) {
      const rows = await insertFor(contender, turnMs);
      perSecond.get(contender.name)!.push(rows);
      context.progress(
        `round ${round + 1}/${context.rounds}, ${contender.name}: ${rows.toFixed(0)} a second`,
      );
    }
  }
  return [
    {
      what: 'inserts, under slot, history and outbox / plain',
      unit: 'ratio',
      rounds: ratios(perSecond.get('guarded')!, perSecond.get('plain')!),
      target: null,
    },
    ...[...perSecond].map(([name, rounds]): Figure => ({
      what: `rows, ${name}`,
      unit: 'per second',
      rounds,
      target: null,
    })),
  ];
}

/** @returns rows a second, of customers who have none yet */
async function insertFor({ target: { pool }, rows }: Contender, turnMs: number): Promise<number> {
  const startedAtMs = performance.now();
  let done = 0;
  const connection = async (): Promise<void> => {
    const client = await pool.connect();
    try {
      while (performance.now() - startedAtMs < turnMs) {
        const ids = Array.from({ length: rows }, () => randomUUID());
        await client.query({ name: 'insert', text: INSERT, values: [ids, PLACE] });
        done += rows;
      }
    } finally {
      client.release();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return done / ((performance.now() - startedAtMs) / 1000);
}
