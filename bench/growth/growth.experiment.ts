import pg from 'pg';

import type { ServiceProcess } from '../../test/support/service-process.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { BenchContext, Experiment, Figure } from '../experiment.interface.ts';
import { type Contender, withContenders } from '../http/start-contenders.ts';
import { bookingTurn } from '../load/booking-turn.ts';
import type { LoadTurn } from '../load/load.interface.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { ratios } from '../report/statistics.ts';
import { startBookingService } from '../site/booking-service.ts';

const REPLICAS = [1, 2, 4];
const CLIENTS = [1, 4, 16, 64, 256];
const DUPLICATES = [0, 0.25, 0.5, 0.75, 1];
const USUAL = { replicas: 1, clients: 32, duplicates: 0 };
/** Replicas stand still for most of the time; a comparison that became due meanwhile would fall into each of their turns. */
const RARELY = { RECONCILE_INTERVAL_MS: '600000' };
/** Replicas that share two cores, and stood still a moment ago, may refuse one of a thousand. */
const TOO_BUSY = 503;
/** So many turns V8 needs to compile what four replicas share between them. */
const WARM_TURNS = 6;
/** One process by itself needs fewer. */
const WARM_TURNS_ALONE = 3;
const BY_CLIENTS = 'Creates a second, by clients';
const BESIDE_BARE = 'Creates a second, ours / bare, by clients';
/** Customers who have a broadcast already; each is asked for too seldom to be taken for one who hammers. */
const SEEDS = 400;

type Point = Readonly<typeof USUAL>;

/** What becomes of the throughput when there is more of something. */
export const growth: Experiment = {
  name: 'growth',
  sentence: `Answers a second of ${USUAL.clients} clients that never pause, to creates at one replica: with more replicas, with fewer and more clients, beside the bare create as well, and with a part of the requests from customers who have a broadcast. All on two cores.`,
  run: (context) =>
    withContenders(context, ['bare'], async ([bare], load) => {
      const database = await context.createDatabase();
      const services: ServiceProcess<string>[] = [];
      const loads = [load, ...Array.from({ length: Math.max(...REPLICAS) - 1 }, () => startLoad())];
      try {
        const start = (): Promise<ServiceProcess<string>> =>
          startBookingService(context, database.url, RARELY);
        services.push(...(await Promise.all(loads.map(start))));
        return await measure(context, database.url, { services, bare: bare! }, loads);
      } finally {
        for (const one of loads) one.stop();
        await Promise.all(services.map((service) => service.kill()));
        await database.drop();
      }
    }),
};

async function measure(
  context: BenchContext,
  databaseUrl: string,
  { services, bare }: { readonly services: readonly ServiceProcess<string>[]; readonly bare: Contender },
  loads: readonly Load[],
): Promise<Figure[]> {
  const points = [
    ...REPLICAS.map((x) => ({
      series: 'Creates a second, by replicas',
      x,
      point: { ...USUAL, replicas: x },
    })),
    ...CLIENTS.map((x) => ({ series: BY_CLIENTS, x, point: { ...USUAL, clients: x } })),
    ...DUPLICATES.map((part) => ({
      series: 'Answers a second, by percent of requests from customers who have a broadcast',
      x: part * 100,
      point: { ...USUAL, duplicates: part },
    })),
  ];
  const perSecond = points.map((): number[] => []);
  const barePerSecond = CLIENTS.map((): number[] => []);
  let turns = 0;
  const turnAt = (url: string, { clients, replicas, duplicates }: Point): LoadTurn =>
    bookingTurn({
      url,
      customerPrefix: `turn-${(turns += 1)}`,
      again: { part: duplicates, customers: Array.from({ length: SEEDS }, (_, n) => `seed-${n}`) },
      connections: Math.max(1, Math.round(clients / replicas)),
      warmUpMs: context.quick ? 200 : 1000,
      measureMs: context.quick ? 500 : 5000,
      expectedRequests: context.quick ? 1500 : 10_000,
    });
  const ask = async (point: Point): Promise<number> => {
    const lawful = [201, ...(point.duplicates > 0 ? [409] : []), ...(point.replicas > 1 ? [TOO_BUSY] : [])];
    for (const [index, service] of services.entries()) {
      if (index < point.replicas) await service.resume();
      else await service.pause();
    }
    const results = await Promise.all(
      services
        .slice(0, point.replicas)
        .map(({ url }, index) => loads[index]!.turn(turnAt(url, point), ...lawful)),
    );
    await untilDispatched(databaseUrl);
    return results.reduce((sum, result) => sum + result.perSecond, 0);
  };
  const askBare = async (clients: number): Promise<number> => {
    for (const service of services) await service.pause();
    await bare.process.resume();
    const { perSecond: answers } = await loads[0]!.turn(turnAt(bare.process.url, { ...USUAL, clients }), 201);
    await bare.process.pause();
    return answers;
  };
  await seed(databaseUrl);
  if (!context.quick)
    for (let warm = 0; warm < WARM_TURNS; warm += 1) {
      await ask({ ...USUAL, replicas: 4 });
      if (warm < WARM_TURNS_ALONE) await askBare(USUAL.clients);
    }
  for (let round = 0; round < context.rounds; round += 1) {
    for (const [index, { series, x, point }] of points.entries()) {
      perSecond[index]!.push(await ask(point));
      context.progress(`round ${round + 1}, ${series}, ${x}: ${perSecond[index]!.at(-1)!.toFixed(0)}`);
      if (series !== BY_CLIENTS) continue;
      const answers = barePerSecond[CLIENTS.indexOf(x)]!;
      answers.push(await askBare(x));
      context.progress(`round ${round + 1}, bare, ${x}: ${answers.at(-1)!.toFixed(0)}`);
    }
  }
  const ofClients = points.findIndex(({ series }) => series === BY_CLIENTS);
  const besideBare = CLIENTS.map((x, index): Figure => ({
    what: `${BESIDE_BARE}: ${x}`,
    unit: 'ratio',
    rounds: ratios(perSecond[ofClients + index]!, barePerSecond[index]!),
    at: { series: BESIDE_BARE, x },
    target: null,
  }));
  const answered = points.map(({ series, x }, index): Figure => ({
    what: `${series}: ${x}`,
    unit: 'per second',
    rounds: perSecond[index]!,
    at: { series, x },
    target: null,
  }));
  return [...answered, ...besideBare];
}

/** Customers who have a broadcast from the beginning. */
async function seed(databaseUrl: string): Promise<void> {
  await query(
    databaseUrl,
    `INSERT INTO bookings (customer_id, expires_at)
     SELECT 'seed-' || n, now() + interval '10 hours' FROM generate_series(0, ${SEEDS - 1}) n`,
  );
}

async function untilDispatched(databaseUrl: string): Promise<void> {
  await waitFor(
    async () =>
      (await query(
        databaseUrl,
        `SELECT FROM bookings WHERE status IN ('created', 'broadcasting') LIMIT 1`,
      )) === 0,
    { timeoutMs: 120_000, intervalMs: 100, describe: 'every booking to be dispatched' },
  );
}

async function query(databaseUrl: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
