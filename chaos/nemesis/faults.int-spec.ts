import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';

import { createApiClient } from '../../test/support/api-client.ts';
import { timed } from '../../test/support/customer.ts';
import { waitFor } from '../../test/support/wait.ts';
import { seededRandom } from '../random.ts';
import type { Site } from '../site/site.interface.ts';
import { startSite } from '../site/start-site.ts';
import { ALL_FAULTS } from './all-faults.ts';
import type { Fault } from './fault.interface.ts';
import { type FaultEnd, runNemesis } from './nemesis.ts';
import type { Schedule, ScheduledFault } from './schedule.ts';
import { withRedis } from './redis-session.ts';
import { replicaNamed } from './upkeep.ts';
import { startTraffic, type Traffic } from './test/traffic.ts';
import { expectReady, expectWell, newCustomerAt } from './test/well.ts';

/** How long a fault is on here: long enough to be seen, whatever its own duration is. */
const ON_MS = 500;

type Look = (site: Site, target: string) => Promise<unknown>;

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
const WHILE_ON: Readonly<Record<string, Look>> = {
  'redis-kill': pingFails,
  'redis-pause': pingFails,
  'redis-pause-long': pingFails,
  'redis-pause-past-lock': pingFails,
  'redis-flush-loop': ({ key }) =>
    withRedis(key.url, async (redis) => {
      await redis.set('nemesis', '1');
      await waitFor(async () => (await redis.exists('nemesis')) === 0);
    }),
  'redis-oom': writeFails(/OOM/),
  'redis-refuses-writes': writeFails(/NOREPLICAS/),
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

/** What a fault tells at its end, where it counts. */
const SEEN: Readonly<Record<string, RegExp>> = {
  'redis-flush-loop': /^[1-9]/,
  'redis-roll-back': /^[1-9]\d* keys/,
  'redis-script-flush': /^[1-9]/,
  'redis-client-kill': /^[1-9]/,
  'redis-stutter': /^[1-9]/,
  'listeners-kill': /^[1-9]/,
  'lock-flush-two': /^[1-9]/,
  'postgres-terminate-backends': /^[1-9]/,
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

describe('a fault', () => {
  let site: Site;
  let traffic: Traffic;

  beforeAll(async () => {
    site = await startSite({ replicas: 1 });
  }, 120_000);

  // What one fault has broken is not the next one's affair.
  afterEach(() => site.heal(), 60_000);
  afterAll(() => site.stop(), 60_000);

  // The crash points have a test of their own.
  it.each(ALL_FAULTS.filter(({ name }) => !name.startsWith('service-crash-')).map((fault) => ({ ...fault })))(
    '$name: $sentence; afterwards both services create and cancel within 2 s',
    async (fault) => {
      const random = seededRandom(42);
      const target = fault.target(site, random);
      await expectReady(site);
      const processes = site.replicas.map(({ process }) => process!);
      traffic = await startTraffic(site);
      try {
        const undo = await fault.apply(site, target, random);
        try {
          await WHILE_ON[fault.name]?.(site, target);
          await wait(ON_MS);
        } finally {
          const seen = await undo();
          if (SEEN[fault.name]) expect(seen).toMatch(SEEN[fault.name]!);
        }
      } finally {
        await traffic.stop();
      }
      for (const [index, replica] of site.replicas.entries()) {
        // One that has ended by itself says why.
        if (replica.process === null) throw new Error(processes[index]!.logs().slice(-10).join('\n'));
      }
      await expectWell(site);
      await expectReady(site);
    },
    60_000,
  );

  it('is carried out by the nemesis when its time comes, and one that cannot be applied is recorded', async () => {
    const impossible: Fault = {
      name: 'impossible',
      matrix: 'F0',
      subject: 'load',
      sentence: 'it cannot be applied',
      lastsMs: [1, 1],
      target: () => 'nothing',
      apply: () => Promise.reject(new Error('not today')),
    };
    const of = (fault: string, atMs: number): ScheduledFault => ({ fault, atMs, durationMs: 300, seed: 7 });
    const schedule: Schedule = {
      seed: 7,
      mode: 'composed',
      lengthMs: 2000,
      faults: [of('redis-kill', 0), of('impossible', 100), of('service-kill', 200), of('lock-two-down', 300)],
    };
    const told: FaultEnd[] = [];
    const lines: string[] = [];
    const { ends, healedAtMs } = await runNemesis(site, schedule, {
      faults: [...ALL_FAULTS, impossible],
      onFault: (end) => told.push(end),
      onProgress: (line) => lines.push(line),
    });
    expect(ends.map(({ fault, failure }) => [fault, failure])).toEqual([
      ['redis-kill', null],
      ['impossible', 'not today'],
      ['service-kill', null],
      ['lock-two-down', null],
    ]);
    expect(told).toHaveLength(4);
    expect(lines.filter((line) => line.includes('FAILED: not today'))).toHaveLength(1);
    expect(healedAtMs).toBeGreaterThan(Math.max(...ends.map(({ endedAtMs }) => endedAtMs)));
    await expectWell(site);
    await expect(
      runNemesis(site, { ...schedule, faults: [of('unheard-of', 0)] }, { faults: ALL_FAULTS }),
    ).rejects.toThrow(/no fault 'unheard-of'/);
  }, 60_000);

  it('that is looked at here exists', () => {
    const names = new Set(ALL_FAULTS.map(({ name }) => name));
    expect(Object.keys({ ...WHILE_ON, ...SEEN }).filter((name) => !names.has(name))).toEqual([]);
  });
});
