import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { HistoryRecorder } from '../history/history.recorder.ts';
import type { Action, History, Operation } from '../history/operation.interface.ts';
import { readHistory } from '../history/read-history.ts';
import { collectEnd } from '../observe/end-state.ts';
import { probeCustomers } from '../observe/probe.ts';
import { type SnapshotCounts, watchSnapshots } from '../observe/snapshot-watch.ts';
import { nowMs } from '../site/run-clock.ts';
import type { Site } from '../site/site.interface.ts';
import { startSite } from '../site/start-site.ts';
import { waitFor } from '../../test/support/wait.ts';
import { type LoadProgress, startLoad } from './start-load.ts';

const SECONDS = 10;
const RATE = 200;
const HOT_CUSTOMERS = 100;
/** So few at once that services which have just started answer them on a slow machine as well. */
const WORKERS = 16;
/** A slow machine needs longer for it than the others. */
const LEAST_OPERATIONS = 1500;
const MOST_SECONDS = 60;

/** What a client may be told while nothing is broken. */
const REFUSALS: Readonly<Record<Action, readonly string[]>> = {
  create: ['ORDER_ACTIVE_EXISTS'],
  cancel: ['INVALID_TRANSITION'],
  accept: ['INVALID_TRANSITION', 'NO_LONGER_AVAILABLE'],
  start: ['INVALID_TRANSITION', 'FORBIDDEN'],
  complete: ['INVALID_TRANSITION', 'FORBIDDEN'],
  dispatched: ['INVALID_TRANSITION'],
  'find-active': [],
  get: [],
};

const ACTIONS = Object.keys(REFUSALS) as Action[];

let site: Site;
let folder: string;
let history: History;
let counts: SnapshotCounts;
let progress: LoadProgress;

const of = (action: Action): Operation[] =>
  history.operations.filter((operation) => operation.action === action);

function isDone(action: Action, { operations }: HistoryRecorder): boolean {
  return operations.some((operation) => operation.action === action && operation.outcome === 'ok');
}

async function runLoad(recorder: HistoryRecorder): Promise<void> {
  const load = startLoad(site, recorder, {
    seed: 1,
    ratePerSecond: RATE,
    workers: WORKERS,
    hotCustomers: HOT_CUSTOMERS,
  });
  const cpu = process.cpuUsage();
  const startedAtMs = nowMs();
  await pause(SECONDS * 1000); // the length of a load is what is tested here
  // Few broadcasts come to be completed, and chance decides how soon.
  const isEnough = (): boolean =>
    recorder.count >= LEAST_OPERATIONS && ACTIONS.every((action) => isDone(action, recorder));
  await waitFor(isEnough, {
    describe: 'enough operations, one of each action that succeeds among them',
    timeoutMs: MOST_SECONDS * 1000,
  });
  const { user, system } = process.cpuUsage(cpu);
  progress = await load.stop();
  const seconds = (nowMs() - startedAtMs) / 1000;
  const share = (user + system) / 1e6 / seconds;
  console.log(
    `${(recorder.count / seconds).toFixed(0)} operations/s; ${share.toFixed(2)} cores for load and proxies`,
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chaos-load-'));
  site = await startSite({ env: { BROADCAST_TIMEOUT_SECONDS: '2', EXPIRY_INTERVAL_MS: '200' } });
  const recorder = new HistoryRecorder(join(folder, 'history.jsonl'), 1);
  const watch = watchSnapshots(site, (snapshot) => recorder.snapshot(snapshot));
  await runLoad(recorder);
  counts = await watch.stop();
  const healedAtMs = nowMs();
  const [first] = await waitFor(
    async () => {
      const waiting = `SELECT count(*)::int AS waiting FROM customer_broadcast_outbox WHERE delivered_at IS NULL`;
      const rows = await site.query<{ waiting: number }>(waiting);
      return rows[0]!.waiting === 0 && rows;
    },
    { describe: 'every event to be delivered', timeoutMs: 10_000 },
  );
  expect(first?.waiting).toBe(0);
  const end = await collectEnd(site);
  const probes = await probeCustomers(
    site,
    Array.from({ length: HOT_CUSTOMERS }, (_, index) => `hot-${index}`),
  );
  history = await recorder.end({ ...end, probes, healedAtMs });
});

afterAll(async () => {
  await site.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** True when another attempt with its idempotency key was under way while it was: what a slow machine lawfully answers. */
function metItsTwin(operation: Operation): boolean {
  return (
    operation.code === 'IDEMPOTENCY_IN_PROGRESS' &&
    history.operations.some(
      (twin) =>
        twin.index !== operation.index &&
        twin.customerId === operation.customerId &&
        twin.idempotencyKey === operation.idempotencyKey &&
        twin.invokedAtMs < operation.completedAtMs &&
        twin.completedAtMs > operation.invokedAtMs,
    )
  );
}

describe('a load without faults', () => {
  it('is told the outcome of every operation, or that another attempt at it is under way', () => {
    const untold = history.operations.filter(({ outcome }) => outcome === 'info');
    expect(untold.filter((operation) => !metItsTwin(operation))).toEqual([]);
  });

  it('keeps to its rate', () => {
    expect(progress.taken + progress.waiting + progress.givenUp).toBeGreaterThan(0.8 * RATE * SECONDS);
  });

  it('gives up the oldest of what is due rather than let more wait than it has workers', async () => {
    const recorder = new HistoryRecorder(join(folder, 'more-than-it-can.jsonl'), 2);
    const load = startLoad(site, recorder, { seed: 2, ratePerSecond: 2000, workers: 1 });
    const { waiting } = await waitFor(() => load.progress().givenUp > 0 && load.progress(), {
      describe: 'something to be given up',
    });
    await load.stop();
    expect(waiting).toBeLessThanOrEqual(1);
  });

  it('is refused for the reasons that a healthy service has, and for no other', () => {
    const refused = history.operations.filter(({ outcome }) => outcome === 'fail');
    expect(refused.filter(({ action, code }) => !REFUSALS[action].includes(code ?? ''))).toEqual([]);
    expect(refused.filter(({ action, refusedBy }) => action !== 'create' && refusedBy !== null)).toEqual([]);
  });

  it('does everything that a client can, and over both transports', () => {
    for (const action of ACTIONS) {
      const done = of(action).filter(({ outcome }) => outcome === 'ok');
      expect({ action, done: done.length > 0 }).toEqual({ action, done: true });
    }
    const rpc = history.operations.filter(({ transport }) => transport === 'rpc').length;
    expect(rpc / history.operations.length).toBeGreaterThan(0.1);
    expect(new Set(history.operations.map(({ kind }) => kind))).toEqual(new Set(['booking', 'order']));
  });

  it('brings about replays, replacements, returns, fills and expiries', () => {
    const ok = history.operations.filter(({ outcome }) => outcome === 'ok');
    const counted = {
      replays: ok.filter(({ replayed }) => replayed).length,
      replaced: ok.filter(({ onActive, status }) => onActive === 'replace' && status === 201).length,
      returned: ok.filter(({ onActive, status }) => onActive === 'return' && status === 200).length,
      filled: history.audit.filter(({ to }) => to === 'fully_filled').length,
      completed: history.audit.filter(({ to }) => to === 'completed').length,
      expired: history.audit.filter(({ to }) => to === 'expired').length,
      refused: of('create').filter(({ refusedBy }) => refusedBy !== null).length,
    };
    console.log(counted);
    for (const [what, count] of Object.entries(counted)) expect([what, count > 0]).toEqual([what, true]);
  });

  it('names in every created broadcast one that is in the tables, and has it in the audit', () => {
    const created = of('create').filter(({ outcome, status }) => outcome === 'ok' && status === 201);
    const rows = new Set(history.rows.map(({ broadcastId }) => broadcastId));
    const opened = new Set(
      history.audit.filter(({ from }) => from === null).map(({ broadcastId }) => broadcastId),
    );
    expect(created.filter(({ broadcastId }) => !rows.has(broadcastId!) || !opened.has(broadcastId!))).toEqual(
      [],
    );
    expect(opened).toEqual(rows);
  });

  it('stamps the audit on the clock of the operations', () => {
    const openedAtMs = new Map(
      history.audit.filter(({ from }) => from === null).map(({ broadcastId, atMs }) => [broadcastId, atMs]),
    );
    const first = of('create').filter(
      ({ status, replayed, idempotencyKey }) => status === 201 && !replayed && idempotencyKey === null,
    );
    const outside = first.filter(({ broadcastId, invokedAtMs, completedAtMs }) => {
      const atMs = openedAtMs.get(broadcastId!)!;
      return atMs < invokedAtMs - 5 || atMs > completedAtMs + 5; // both clocks round
    });
    expect(outside).toEqual([]);
  });

  it('is watched closely, and never with two active broadcasts or a slot too many', () => {
    expect(counts.failures).toBe(0);
    expect(counts.looks).toBeGreaterThan(SECONDS * 10);
    expect(history.snapshots.length).toBeGreaterThan(0);
    expect(history.snapshots.filter(({ doubles, drift }) => doubles.length > 0 || drift.length > 0)).toEqual(
      [],
    );
  });

  it('leaves every customer able to create again', () => {
    expect(history.probes).toHaveLength(HOT_CUSTOMERS);
    expect(history.probes.filter(({ status, waitedMs }) => status !== 201 || waitedMs > 2000)).toEqual([]);
  });

  it('can be read back from the file', async () => {
    expect(await readHistory(join(folder, 'history.jsonl'))).toEqual({ history, complete: true });
  });
});
