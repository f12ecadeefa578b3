import pg from 'pg';

import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { type Contender, withContenders } from '../http/start-contenders.ts';
import { inTurn } from '../in-turn.ts';
import { bookingTurn } from '../load/booking-turn.ts';
import type { Load } from '../load/start-load.ts';
import { PROCESSES, processorTime } from './processor-time.ts';

const NAMES = ['bare', 'ours-1'] as const;
type Name = (typeof NAMES)[number];
const CONNECTIONS = 32;

interface Cost {
  readonly us: Readonly<Record<(typeof PROCESSES)[number], number>>;
  readonly bytes: number;
}

/** Where the time of a create goes, and what stays of it on the disk. */
export const cost: Experiment = {
  name: 'cost',
  sentence: `Processor time of one create at full speed, of each process, with what follows it; and what the database grows by. ${CONNECTIONS} connections that never pause.`,
  run: (context) => withContenders(context, NAMES, (contenders, load) => measure(context, contenders, load)),
};

async function measure(
  context: BenchContext,
  contenders: readonly Contender[],
  load: Load,
): Promise<Figure[]> {
  const costs: Record<Name, Cost[]> = { bare: [], 'ours-1': [] };
  if (!context.quick)
    for (const label of ['cold', 'warmer', 'warm'])
      for (const contender of contenders) await costOf(context, contender, load, label);
  for (let round = 0; round < context.rounds; round += 1) {
    for (const contender of inTurn(contenders, round)) {
      const one = await costOf(context, contender, load, `round-${round}`);
      costs[contender.name as Name].push(one);
      const parts = PROCESSES.map((name) => `${name} ${one.us[name].toFixed(0)} us`).join(', ');
      context.progress(`round ${round + 1}/${context.rounds}, ${contender.name}: ${parts}`);
    }
  }
  return NAMES.flatMap((name) => [
    ...PROCESSES.map((part): Figure => ({
      what: `${part}, ${name}`,
      unit: 'us',
      rounds: costs[name].map(({ us }) => us[part]),
      target: null,
    })),
    {
      what: `disk, ${name}`,
      unit: 'bytes',
      rounds: costs[name].map(({ bytes }) => bytes),
      target: null,
    },
  ]);
}

async function costOf(context: BenchContext, contender: Contender, load: Load, label: string): Promise<Cost> {
  const { process, databaseUrl } = contender;
  await process.resume();
  const sizeBefore = await sizeOf(databaseUrl);
  const before = processorTime(process.pid);
  const { statuses } = await load.turn(
    bookingTurn({
      url: process.url,
      customerPrefix: `${contender.name}-${label}`,
      connections: CONNECTIONS,
      measureMs: context.quick ? 1000 : 8000,
      expectedRequests: context.quick ? 4000 : 30_000,
    }),
    201,
  );
  await contender.settle();
  const after = processorTime(process.pid);
  const bytes = (await sizeOf(databaseUrl)) - sizeBefore;
  await process.pause();
  const creates = statuses['201']!;
  const us = Object.fromEntries(
    PROCESSES.map((name) => [name, ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / creates]),
  ) as Cost['us'];
  return { us, bytes: bytes / creates };
}

async function sizeOf(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ size: string }>(
      'SELECT pg_database_size(current_database()) AS size',
    );
    return Number(rows[0]!.size);
  } finally {
    await client.end();
  }
}
