import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { TEST_JWT_SECRET } from '../support/api-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { type Kind, KINDS, TABLES } from '../support/requests.ts';
import { waitFor } from '../support/wait.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const OVERDUE = 5000;

interface CommandResult {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** `npm run --silent expire:<kind>`, as a CronJob runs it. */
async function runExpire(kind: Kind, cluster: Cluster): Promise<CommandResult> {
  const child = spawn('npm', ['run', '--silent', `expire:${kind}`], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: cluster.database.url,
      REDIS_URL: cluster.redis.url,
      AUTH_JWT_SECRET: TEST_JWT_SECRET,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, lines: output.trim().split('\n') };
}

function expiredBy({ code, lines }: CommandResult, kind: Kind): number {
  expect({ code, lines: lines.length }).toEqual({ code: 0, lines: 1 });
  const run = JSON.parse(lines[0]!) as { kind: string; expired: number; durationMs: number };
  expect(Object.keys(run).sort()).toEqual(['durationMs', 'expired', 'kind']);
  expect(run.kind).toBe(kind);
  expect(run.durationMs).toBeGreaterThanOrEqual(0);
  return run.expired;
}

describe.each(KINDS)('the command expire:%s', (kind) => {
  let cluster: Cluster;

  beforeEach(async () => {
    cluster = await startCluster({ bookings: 0, orders: 0 });
    await cluster.database.query(
      `INSERT INTO ${TABLES[kind]} (customer_id, expires_at)
       SELECT 'c' || n, clock_timestamp() - n * interval '1 millisecond' FROM generate_series(1, ${OVERDUE}) n`,
    );
    await cluster.database.query(
      `INSERT INTO ${TABLES[kind]} (customer_id, expires_at) VALUES ('not-yet', now() + interval '1 hour')`,
    );
  });

  afterEach(() => cluster.stop());

  async function expectEachExpiredOnce(): Promise<void> {
    const [row] = await cluster.database.query(
      `SELECT count(*)::integer AS transitions, count(DISTINCT broadcast_id)::integer AS broadcasts
         FROM customer_broadcast_transitions WHERE to_status = 'expired'`,
    );
    expect(row).toEqual({ transitions: OVERDUE, broadcasts: OVERDUE });
    const left = await cluster.database.query(
      `SELECT customer_id FROM ${TABLES[kind]} WHERE status = 'created'`,
    );
    expect(left).toEqual([{ customer_id: 'not-yet' }]);
  }

  it('expires what is overdue and nothing else, twice at once and then once more', async () => {
    const runs = await Promise.all([runExpire(kind, cluster), runExpire(kind, cluster)]);
    const expired = runs.map((run) => expiredBy(run, kind));
    expect(expired[0]! + expired[1]!).toBe(OVERDUE);
    await expectEachExpiredOnce();
    expect(expiredBy(await runExpire(kind, cluster), kind)).toBe(0);
  });

  it('shares the work with the worker of a service', async () => {
    const [run] = await Promise.all([
      runExpire(kind, cluster),
      cluster.add(`${kind}-service`, { DISPATCHER_MODE: 'external' }),
    ]);
    expect(expiredBy(run, kind)).toBeLessThanOrEqual(OVERDUE);
    await waitFor(async () => {
      const due = await cluster.database.query(
        `SELECT 1 FROM ${TABLES[kind]} WHERE active_customer_id IS NOT NULL AND expires_at < now() LIMIT 1`,
      );
      return due.length === 0;
    });
    const rows = await cluster.database.query(
      `SELECT broadcast_id FROM customer_broadcast_transitions WHERE to_status = 'expired'
        GROUP BY broadcast_id HAVING count(*) <> 1`,
    );
    expect(rows).toEqual([]);
  });

  it('fails with an exit code when there is no database', async () => {
    const gone = { ...cluster.database, url: 'postgres://none@127.0.0.1:1/none' };
    const { code, lines } = await runExpire(kind, { ...cluster, database: gone });
    expect(code).not.toBe(0);
    expect(lines).toEqual(['']);
  });
});
