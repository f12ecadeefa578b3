import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { EndOfRun } from './history-line.interface.ts';
import { HistoryRecorder } from './history.recorder.ts';
import type { Operation } from './operation.interface.ts';
import { readHistory } from './read-history.ts';

const END: EndOfRun = {
  audit: Array.from({ length: 2500 }, (_, id) => ({
    id,
    kind: 'booking',
    broadcastId: `b${id}`,
    customerId: 'c1',
    from: null,
    to: 'created',
    atMs: id,
    by: 'c1',
  })),
  rows: [],
  outbox: [],
  heard: ['event-1'],
  keys: { c1: 'booking:b1' },
  probes: [{ customerId: 'c1', status: 201, waitedMs: 12.5 }],
  healedAtMs: 99.25,
};

const operation = (index: number): Operation => ({
  index,
  worker: 3,
  transport: 'http',
  sentTo: 'booking-0',
  action: 'create',
  customerId: 'c1',
  kind: 'booking',
  actorId: 'c1',
  broadcastId: `b${index}`,
  idempotencyKey: null,
  request: null,
  onActive: null,
  trucks: 1,
  invokedAtMs: index + 0.125,
  dueAtMs: index,
  completedAtMs: index + 5,
  outcome: 'ok',
  status: 201,
  code: null,
  broadcastStatus: 'created',
  trucksFilled: 0,
  refusedBy: null,
  replayed: false,
});

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'chaos-history-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function record(name: string, end = END): Promise<string> {
  const path = join(folder, name);
  const recorder = new HistoryRecorder(path, 42);
  const [first, second] = [recorder.nextIndex(), recorder.nextIndex()];
  recorder.operation(operation(second));
  recorder.operation(operation(first));
  recorder.fault({ fault: 'kill', target: 'booking-0', startedAtMs: 1, endedAtMs: 2 });
  recorder.snapshot({ atMs: 3, doubles: [], drift: ['c1'] });
  const history = await recorder.end(end);
  expect(await readHistory(path)).toEqual({ history, complete: true });
  return path;
}

describe('readHistory', () => {
  it('reads back all that was recorded, operations in the order of invocation', async () => {
    const { history } = await readHistory(await record('whole.jsonl'));
    expect(history).toMatchObject({ seed: 42, keys: END.keys, healedAtMs: END.healedAtMs });
    expect(history.operations).toEqual([operation(0), operation(1)]);
    expect(history.audit).toEqual(END.audit);
    expect(history.faults).toHaveLength(1);
    expect(history.heard).toEqual(['event-1']);
    expect(history.snapshots).toEqual([{ atMs: 3, doubles: [], drift: ['c1'] }]);
  });

  it('tells nothing heard from no listener', async () => {
    const { heard: _heard, ...deaf } = END;
    expect((await readHistory(await record('deaf.jsonl', deaf))).history).not.toHaveProperty('heard');
    const silent = { ...END, heard: [] };
    expect((await readHistory(await record('silent.jsonl', silent))).history.heard).toEqual([]);
  });

  it('says of a run that was killed in mid-line that it is not complete', async () => {
    const path = await record('torn.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20));
    const { history, complete } = await readHistory(path);
    expect(complete).toBe(false);
    expect(history.operations).toHaveLength(2);
    expect(history.keys).toEqual({});
  });

  it('names a line in the middle that is not one of a history', async () => {
    const path = join(folder, 'wrong.jsonl');
    writeFileSync(path, '{"seed":1}\nnonsense\n{"seed":1}\n');
    await expect(readHistory(path)).rejects.toThrow('wrong.jsonl:2');
  });
});

describe('HistoryRecorder', () => {
  it('reports at the end that the file could not be written', async () => {
    const recorder = new HistoryRecorder(join(folder, 'no-such-folder', 'history.jsonl'), 1);
    recorder.operation(operation(0));
    await expect(recorder.end(END)).rejects.toThrow('ENOENT');
  });
});
