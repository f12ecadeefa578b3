import { join } from 'node:path';

import { type ServiceProcess, startScript } from '../../test/support/service-process.ts';
import { DIST } from '../../tools/paths.ts';
import type { BenchContext } from '../experiment.interface.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { PRODUCTION } from '../site/booking-service.ts';
import { untilDelivered } from '../site/until-delivered.ts';
import { removeGuard } from './plain-tables.ts';

/**
 * Two are floors. `tables` is `bare` on the product's own tables: the least that a create costs which takes a slot and is recorded.
 * `steps` is the plan on those, with a prepared check: the same for one that asks for the key, the lock and the check before, too.
 */
export const CONTENDERS = ['bare', 'tables', 'steps', 'plan', 'ours-1', 'ours-3', 'validate'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** Which program each one is, and whether its tables are the product's or plain ones. */
const PARTS: Readonly<
  Record<ContenderName, { readonly program: string; readonly tables: 'ours' | 'plain' }>
> = {
  bare: { program: 'bench/bench/contenders/bare/main.js', tables: 'plain' },
  tables: { program: 'bench/bench/contenders/bare/main.js', tables: 'ours' },
  steps: { program: 'bench/bench/contenders/steps/main.js', tables: 'ours' },
  plan: { program: 'bench/bench/contenders/plan/main.js', tables: 'plain' },
  'ours-1': { program: 'booking-service/main.js', tables: 'ours' },
  'ours-3': { program: 'booking-service/main.js', tables: 'ours' },
  validate: { program: 'bench/bench/contenders/validate/main.js', tables: 'plain' },
};

/** A running service. It stands still outside of its turns, so that its background work is paid in them. */
export interface Contender {
  readonly name: ContenderName;
  readonly process: ServiceProcess<string>;
  readonly databaseUrl: string;
  /** Waits until nothing is left of the last turn. @returns how long that took, seconds */
  settle(): Promise<number>;
  stop(): Promise<void>;
}

/** A contender stands still while the others have their turns; whatever became due meanwhile would fall into each of its own. */
const RECONCILE_INTERVAL_MS = CONTENDERS.length * 30_000;

/** Starts one contender on a database of its own. @param env other values than a contender has */
export async function startContender(
  context: BenchContext,
  name: ContenderName,
  env: Readonly<Record<string, string>> = {},
): Promise<Contender> {
  const { servers } = context;
  const isOurs = name.startsWith('ours');
  const database = await context.createDatabase();
  const { program, tables } = PARTS[name];
  if (tables === 'plain') await removeGuard(database.url);
  // Events go to every listener of a Redis, whatever the database: each contender's key is on another one.
  const [first, second] = servers.lockUrls;
  const redisUrl = name === 'ours-1' ? servers.redisUrl : name === 'ours-3' ? first! : second!;
  const started = await startScript(name, join(DIST, program), {
    databaseUrl: database.url,
    redisUrl,
    env: {
      ...PRODUCTION,
      ...(isOurs && { RECONCILE_INTERVAL_MS: String(RECONCILE_INTERVAL_MS) }),
      ...(name === 'ours-3' && { REDIS_LOCK_URLS: servers.lockUrls.join(',') }),
      ...env,
    },
  });
  return {
    name,
    process: started,
    databaseUrl: database.url,
    settle: () => (isOurs ? untilDelivered(database.url) : Promise.resolve(0)),
    stop: async () => {
      await started.stop();
      await database.drop();
    },
  };
}

/** Starts them, one after the other, and lets them stand still; all are stopped afterwards, and so is the load. */
export async function withContenders<T>(
  context: BenchContext,
  names: readonly ContenderName[],
  measure: (contenders: readonly Contender[], load: Load) => Promise<T>,
): Promise<T> {
  const contenders: Contender[] = [];
  const load = startLoad();
  try {
    for (const name of names) {
      const contender = await startContender(context, name);
      contenders.push(contender);
      await contender.process.pause();
    }
    return await measure(contenders, load);
  } finally {
    load.stop();
    await Promise.all(contenders.map((contender) => contender.stop()));
  }
}
