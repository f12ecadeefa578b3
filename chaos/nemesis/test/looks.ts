import { expect } from '@jest/globals';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { createApiClient } from '../../../test/support/api-client.ts';
import { timed } from '../../../test/support/customer.ts';
import { waitFor } from '../../../test/support/wait.ts';
import type { Site } from '../../site/site.interface.ts';
import { withRedis } from '../redis-session.ts';
import { replicaNamed } from '../../site/upkeep.ts';
import { newCustomerAt } from './well.ts';

/** @throws Error when it does not see what it looks for */
export type Look = (site: Site, target: string) => Promise<unknown>;

/** A key that is set while the replica is cut off. */
const MISSED = 'nemesis:missed';

const pingFails: Look = ({ key }) => expect(ping(key.url)).rejects.toThrow();
const readiness =
  (status: string): Look =>
  async (site, target) => {
    const api = createApiClient(replicaNamed(site, target).url, null);
    await waitFor(async () => (await api.get('/health/ready')).body.status === status, { timeoutMs: 8000 });
  };
const nodesDown =
  (count: number): Look =>
  async ({ locks }) => {
    const answers = await Promise.allSettled(locks.map(({ url }) => ping(url)));
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(count);
  };
const writeFails =
  (text: RegExp): Look =>
  async ({ key }) => {
    await withRedis(key.url, async (redis) => {
      expect(await redis.get('nemesis')).toBeNull();
      await expect(redis.set('nemesis', '1')).rejects.toThrow(text);
    });
  };
const silent: Look = (site, target) =>
  expect(
    createApiClient(replicaNamed(site, target).url, null).get('/health/live', { timeoutMs: 300 }),
  ).rejects.toThrow();

/** What is different while a fault is on. */
export const WHILE_ON: Readonly<Record<string, Look>> = {
  'redis-kill': pingFails,
  'redis-pause': pingFails,
  'redis-pause-long': pingFails,
  'redis-pause-past-lock': pingFails,
  'redis-flush-loop': ({ key }) =>
    withRedis(key.url, async (redis) => {
      await redis.set('nemesis', '1');
      await waitFor(async () => (await redis.exists('nemesis')) === 0);
    }),
  'redis-failover': ({ key }) =>
    withRedis(key.url, async (redis) => expect(await redis.set(MISSED, '1')).toBe('OK')),
  'redis-oom': writeFails(/OOM/),
  'redis-refuses-writes': writeFails(/NOREPLICAS/),
  'redis-failed-save': writeFails(/MISCONF/),
  'lock-one-down': nodesDown(1),
  'lock-two-down': nodesDown(2),
  'lock-pause': nodesDown(1),
  'lock-two-pause': nodesDown(2),
  'lock-pause-past-ttl': nodesDown(3),
  'postgres-kill': ({ pool }) => expect(pool.query('SELECT')).rejects.toThrow(),
  'postgres-table-lock': ({ pool }, table) =>
    expect(pool.query(`DO $$ BEGIN LOCK TABLE ${table} IN ACCESS SHARE MODE NOWAIT; END $$`)).rejects.toThrow(
      /could not obtain lock/,
    ),
  'postgres-slow-fsync': async (site) => {
    const { ms } = await timed(() => write(site));
    expect(ms).toBeGreaterThanOrEqual(300);
  },
  'postgres-disk-full': async (site) => {
    await expect(write(site)).rejects.toThrow();
    expect(site.postgres.logTail(200).join('\n')).toMatch(/No space left on device/);
  },
  'service-kill': (site, target) => {
    expect(replicaNamed(site, target).process).toBeNull();
    return Promise.resolve();
  },
  'service-kill-all': ({ replicas }) => {
    expect(replicas.map(({ process }) => process)).toEqual(replicas.map(() => null));
    return Promise.resolve();
  },
  'service-pause': silent,
  'service-pause-past-lock': silent,
  'one-byte-slices': async (site, target) => {
    expect(
      await piecesOf(replicaNamed(site, target).proxies.key.url, 'PING\r\n', '+PONG\r\n'),
    ).toBeGreaterThan(1);
  },
  latency: async (site, target) => {
    const { ms } = await timed(() => newCustomerAt(replicaNamed(site, target)).create());
    expect(ms).toBeGreaterThan(100); // to Postgres and back
  },
  'start-without-redis': readiness('degraded'),
  'start-without-postgres': readiness('unavailable'),
  'partition-service-postgres': readiness('unavailable'),
  'partition-service-postgres-up': readiness('unavailable'),
  'partition-service-postgres-down': readiness('unavailable'),
  'partition-service-redis': readiness('degraded'),
  'partition-service-redis-up': readiness('degraded'),
  'partition-service-redis-down': readiness('degraded'),
};

/** What is different for ever. */
export const AFTERWARDS: Readonly<Record<string, Look>> = {
  'redis-failover': ({ key }) =>
    withRedis(key.url, async (redis) => expect(await redis.exists(MISSED)).toBe(0)),
};

/** What a fault tells at its end, where it counts. */
export const SEEN: Readonly<Record<string, RegExp>> = {
  'redis-flush-loop': /^[1-9]/,
  'redis-failover': /^[1-9]\d* keys kept, [1-9]\d* bytes/,
  'redis-script-flush': /^[1-9]/,
  'redis-client-kill': /^[1-9]/,
  'redis-stutter': /^[1-9]/,
  'listeners-kill': /^[1-9]/,
  'lock-flush-two': /^[1-9]/,
  'postgres-terminate-backends': /^[1-9]/,
  'postgres-slow-fsync': /^[1-9]\d* waits/,
  'postgres-disk-full': /^[1-9]\d* writes refused/,
  'service-restart': /^2 replicas/,
  'clock-skew': /^-?\d+ ms$/,
  'late-insert': /^reached [1-9]/,
  'late-commit': /^reached [1-9]/,
  'late-set': /^reached [1-9]/,
  'late-close': /^reached [1-9]/,
  'late-listener': /^reached [1-9]/,
  'late-mark': /^reached [1-9]/,
  'reset-storm': /^[1-9]/,
  'postgres-lost-ack': /^[1-9]/,
  'event-duplicate': /^[1-9]/,
  'event-forge': /^[1-9]/,
  'garbage-messages': /^[1-9]\d* times, 0 failed/,
  'sql-writers': /^[1-9]\d* refused, 0 accepted$/,
  'sql-cancels': /^[1-9]/,
  'deadlock-storm': /^[1-9]/,
  'expire-storm': /expired \(exit code 0\), .*one killed$/,
};

async function ping(url: string): Promise<string> {
  return withRedis(url, (redis) =>
    Promise.race([
      redis.ping(),
      wait(300, undefined, { ref: false }).then(() => {
        throw new Error('no answer');
      }),
    ]),
  );
}

/** One that is over only when the log is on the disk. */
function write({ pool }: Site): Promise<unknown> {
  return pool.query("SELECT pg_logical_emit_message(true, 'nemesis', 'written')");
}

/** How many pieces the answer came in. */
async function piecesOf(url: string, question: string, answer: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece));
  socket.write(question);
  try {
    await waitFor(() => Buffer.concat(pieces).toString() === answer);
    return pieces.length;
  } finally {
    socket.destroy();
  }
}
