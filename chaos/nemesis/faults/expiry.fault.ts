import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { TEST_JWT_SECRET } from '../../../test/support/api-client.ts';
import { commandsAtStart } from '../../inject/agent-commands.ts';
import type { Site } from '../../site/site.interface.ts';
import type { Fault } from '../fault.interface.ts';

const HOOKS = pathToFileURL(resolve(import.meta.dirname, '../../inject/agent.ts')).href;
/** More than one batch of the worker. */
const OVERDUE_ROWS = 5000;
const COMMAND_LIMIT_MS = 30_000;

interface CommandEnd {
  readonly code: number | null;
  readonly expired: number;
}

export const EXPIRY_FAULTS: readonly Fault[] = [
  {
    name: 'expire-storm',
    matrix: 'F18',
    subject: 'sql',
    sentence:
      '5,000 bookings of other customers become overdue at once; beside the scheduled workers two expire commands run, and a third dies after its first batch',
    lastsMs: [1000, 3000],
    target: () => 'postgres',
    apply: async (site, _target, random) => {
      await addOverdue(site, `overdue-${random.int(1_000_000_000)}`);
      const runs = Promise.all([expire(site), expire(site), expire(site, true)]);
      runs.catch(() => undefined); // the undo tells
      return async () => {
        const ends = await runs;
        return ends
          .map(({ code, expired }) =>
            code === null ? 'one killed' : `${expired} expired (exit code ${code})`,
          )
          .join(', ');
      };
    },
  },
];

/** A row may be overdue when it is inserted. Their customers ask for nothing, and are free when the rows have expired. */
async function addOverdue({ pool }: Site, prefix: string): Promise<void> {
  await pool.query(
    `INSERT INTO bookings (customer_id, status, expires_at)
     SELECT $1 || '-' || n, 'active', clock_timestamp() - interval '1 millisecond' FROM generate_series(1, $2) n`,
    [prefix, OVERDUE_ROWS],
  );
}

async function expire({ postgres, key }: Site, diesInBetween = false): Promise<CommandEnd> {
  const script = resolve(import.meta.dirname, '../../../dist/booking-service/expire.js');
  const child = spawn(process.execPath, [script], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
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
