import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';

import { DIST } from '../../tools/paths.ts';
import { showStep } from '../../tools/start/progress.ts';
import { createContext } from '../site/bench-context.ts';
import { PRODUCTION, startBookingService } from '../site/booking-service.ts';
import { startServers, type StartedServers } from '../site/start-servers.ts';
import { COUNTS, type Counts, Counters, difference, mapCounts } from './counters.ts';
import { type BudgetSite, OPERATIONS } from './operations.ts';

const run = promisify(execFile);
const BUDGET = join(import.meta.dirname, 'budget.json');
/** Without what depends on the time: the image of a page after a checkpoint, and the vacuum. */
const COUNTABLE = { full_page_writes: 'off', autovacuum: 'off' };
const MEASURED = { name: 'measured', count: 200 };
/** What a session asks once, and the first page images of each table. */
const WARM_UP = { name: 'warm-up', count: 50 };
const IDLE_MS = 5000;
/** How many events the relay claims at once depends on the moment, and so do its statements for each. */
const TOLERANCE = 1.1;

type Costs = Readonly<Record<string, Counts>>;

/** `npm run budget`. @returns the exit code: 1 when an operation costs more than the committed budget */
export async function main(args: readonly string[]): Promise<number> {
  const servers = await showStep('Postgres and Redis', () => startServers(COUNTABLE));
  try {
    const costs = await measure(servers);
    if (args.includes('--write')) writeFileSync(BUDGET, `${JSON.stringify(costs, null, 2)}\n`);
    return report(costs, JSON.parse(readFileSync(BUDGET, 'utf8')) as Costs);
  } finally {
    await servers.stop();
  }
}

async function measure(servers: StartedServers): Promise<Costs> {
  const context = createContext(servers, { rounds: 1, quick: false });
  const database = await context.createDatabase();
  const service = await startBookingService(context, database.url, {
    EXPIRY_MODE: 'external',
    RATE_LIMIT_WRITES_PER_SECOND: '0',
  });
  const counters = await Counters.open(servers.postgresUrl, database.url, servers.redisUrl);
  try {
    const site = siteOf(servers, database.url, service.url);
    for (const { prepare, run: operate } of OPERATIONS) {
      await prepare?.(site, WARM_UP);
      await operate(site, WARM_UP);
    }
    const idle = await idlePerMs(counters);
    const costs: Record<string, Counts> = {};
    for (const { name, prepare, run: operate } of OPERATIONS) {
      await prepare?.(site, MEASURED);
      const before = await counters.read();
      const startedAtMs = performance.now();
      await operate(site, MEASURED);
      const elapsedMs = performance.now() - startedAtMs;
      const used = difference(await counters.read(), before);
      costs[name] = mapCounts((count) => round((used[count] - idle[count] * elapsedMs) / MEASURED.count));
    }
    return costs;
  } finally {
    await counters.close();
    await service.stop();
    await database.drop();
  }
}

function siteOf(servers: StartedServers, databaseUrl: string, url: string): BudgetSite {
  return {
    databaseUrl,
    url,
    expire: async () => {
      const env = {
        ...process.env,
        ...PRODUCTION,
        DATABASE_URL: databaseUrl,
        REDIS_URL: servers.redisUrl,
        AUTH_JWT_SECRET: 'a-secret-that-the-expiry-command-does-not-use',
      };
      await run(process.execPath, [join(DIST, 'booking-service/expire.js')], { env });
    },
  };
}

/** What the loops of an idle service cost, which is taken off. */
async function idlePerMs(counters: Counters): Promise<Counts> {
  const before = await counters.read();
  const startedAtMs = performance.now();
  await wait(IDLE_MS);
  const elapsedMs = performance.now() - startedAtMs;
  const used = difference(await counters.read(), before);
  return mapCounts((count) => used[count] / elapsedMs);
}

const round = (value: number): number => Math.round(value * 100) / 100;

function report(costs: Costs, budget: Costs): number {
  const over: string[] = [];
  console.log(['', ...COUNTS].map((head, n) => (n === 0 ? head.padEnd(18) : head.padStart(18))).join(''));
  for (const [operation, counts] of Object.entries(costs)) {
    console.log(operation.padEnd(18) + COUNTS.map((name) => String(counts[name]).padStart(18)).join(''));
    for (const name of COUNTS) {
      const allowed = (budget[operation]?.[name] ?? 0) * TOLERANCE + 0.05;
      if (counts[name] > allowed)
        over.push(`${operation}: ${counts[name]} ${name}, the budget allows ${round(allowed)}`);
    }
  }
  for (const line of over) console.error(line);
  return over.length > 0 ? 1 : 0;
}
