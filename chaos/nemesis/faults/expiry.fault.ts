import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { TEST_JWT_SECRET } from '../../../test/support/api-client.ts';
import { COMPILE_CACHE } from '../../../test/support/service-process.ts';
import { commandsAtStart } from '../../inject/agent-commands.ts';
import type { Site } from '../../site/site.interface.ts';
import type { Fault } from '../fault.interface.ts';
import { repeatedly } from '../repetition.ts';

const HOOKS = pathToFileURL(resolve(import.meta.dirname, '../../inject/agent.ts')).href;
/**
 * The scheduled workers expire all there is once a second, and the commands take what the other has left. With a few more every
 * tenth of a second a command that looks finds some nearly always.
 */
const ROWS_AT_ONCE = 20;
const ROWS_PAUSE_MS = 100;
/** One that met nothing to do did not die, and is started again. */
const DEATHS_TRIED = 3;
const COMMAND_LIMIT_MS = 30_000;

interface CommandEnd {
  readonly code: number | null;
  readonly expired: number;
}

/** The commands take long on a machine that is busy, and what the rows lead to would outlast the run. */
const MOST_ROWS = 10_000;

export const EXPIRY_FAULTS: readonly Fault[] = [
  {
    name: 'expire-storm',
    matrix: 'F18',
    subject: 'sql',
    sentence:
      '200 bookings of other customers become overdue each second; beside the scheduled workers two expire commands run, and a third dies between a batch and its end',
    lastsMs: [1000, 3000],
    target: () => 'postgres',
    apply: (site, _target, random) => {
      const prefix = `overdue-${random.int(1_000_000_000)}`;
      let added = 0;
      const stopAdding = repeatedly(
        async () => {
          if (added >= MOST_ROWS) return;
          await addOverdue(site, `${prefix}-${added}`);
          added += ROWS_AT_ONCE;
        },
        () => ROWS_PAUSE_MS,
      );
      const runs = Promise.all([expire(site), expire(site), dieInBetween(site)]).finally(stopAdding);
      runs.catch(() => undefined); // the undo tells
      return Promise.resolve(async () => {
        const ends = (await runs).map(({ code, expired }) =>
          code === null ? 'one killed' : `${expired} expired (exit code ${code})`,
        );
        return `${added} added, ${ends.join(', ')}`;
      });
    },
  },
];

/** A row may be overdue when it is inserted. Their customers ask for nothing, and are free when the rows have expired. */
async function addOverdue({ pool }: Site, prefix: string): Promise<void> {
  await pool.query(
    `INSERT INTO bookings (customer_id, status, expires_at)
     SELECT $1 || '-' || n, 'active', clock_timestamp() - interval '1 millisecond' FROM generate_series(1, $2) n`,
    [prefix, ROWS_AT_ONCE],
  );
}

async function dieInBetween(site: Site): Promise<CommandEnd> {
  for (let attempt = 1; ; attempt += 1) {
    const end = await expire(site, true);
    if (end.code === null || attempt === DEATHS_TRIED) return end;
  }
}

async function expire({ postgres, key }: Site, diesInBetween = false): Promise<CommandEnd> {
  const script = resolve(import.meta.dirname, '../../../dist/booking-service/expire.js');
  const child = spawn(process.execPath, [script], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      DATABASE_URL: postgres.url,
      REDIS_URL: key.url,
      AUTH_JWT_SECRET: TEST_JWT_SECRET,
      LOG_LEVEL: 'error',
      ...(diesInBetween && {
        NODE_OPTIONS: `--import=${HOOKS} --disable-warning=ExperimentalWarning`,
        ...commandsAtStart([{ command: 'arm', point: 'after-expiry-batch', mode: 'crash' }]),
      }),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: COMMAND_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const result = printed
    .split('\n')
    .filter((line) => line.includes('"expired"'))
    .map((line) => JSON.parse(line) as { expired: number })
    .at(-1);
  return { code, expired: result?.expired ?? 0 };
}
