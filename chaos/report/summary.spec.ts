import { describe, expect, it } from '@jest/globals';

import type { History, Operation } from '../history/operation.interface.ts';
import { summarise } from './summary.ts';
import { toTable } from './summary.table.ts';

const operation = (invokedAtMs: number, completedAtMs: number, more: Partial<Operation> = {}): Operation => ({
  index: 0,
  worker: 0,
  transport: 'http',
  sentTo: 'booking-0',
  action: 'create',
  customerId: 'c1',
  kind: 'booking',
  actorId: 'c1',
  broadcastId: null,
  idempotencyKey: null,
  request: null,
  onActive: null,
  trucks: 1,
  invokedAtMs,
  dueAtMs: invokedAtMs,
  completedAtMs,
  outcome: 'ok',
  status: 201,
  code: null,
  broadcastStatus: 'created',
  trucksFilled: 0,
  refusedBy: null,
  replayed: false,
  ...more,
});

const history = (operations: readonly Operation[], faults: History['faults']): History => ({
  seed: 1,
  operations,
  faults,
  snapshots: [],
  audit: [],
  rows: [],
  outbox: [],
  keys: {},
  probes: [],
  healedAtMs: 0,
});

describe('the summary of a run', () => {
  const fault = { fault: 'redis-kill', target: 'key', startedAtMs: 100, endedAtMs: 200 };

  it('counts the operations that a fault met, and how long creates needed to come back', () => {
    const operations = [
      operation(0, 50),
      operation(90, 110),
      operation(150, 400, { outcome: 'info', status: null }),
      operation(210, 260),
      operation(220, 230, { action: 'cancel' }),
    ];
    const summary = summarise(history(operations, [fault]), [], 7);
    expect(summary).toMatchObject({ operations: 5, ok: 4, fail: 0, unknown: 1, snapshots: 7 });
    expect(summary.faults).toEqual([
      {
        fault: 'redis-kill',
        times: 1,
        operations: 2,
        unknown: 1,
        latency: { p50: 250, p99: 250, max: 250 },
        recoveryMs: 60,
      },
    ]);
  });

  it('counts latency from when an operation was due', () => {
    const late = operation(500, 510, { dueAtMs: 100 });
    expect(summarise(history([late], []), [], 0).latency).toEqual({ p50: 410, p99: 410, max: 410 });
  });

  it('is a table, also where nothing was seen', () => {
    const table = toTable(summarise(history([], [fault]), [], 0));
    expect(table.split('\n')).toHaveLength(4);
    expect(table).toMatch(/\| redis-kill \| +1 \| +0 \| +0 \| +– \|/);
  });
});
