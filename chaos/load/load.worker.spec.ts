import { beforeEach, describe, expect, it } from '@jest/globals';

import type { Operation } from '../history/operation.interface.ts';
import { CustomerKnowledge } from './customer-knowledge.ts';
import { LoadWorker } from './load.worker.ts';
import type { Call, PlannedRequest, Reply } from './request.interface.ts';

const PLANNED: PlannedRequest = {
  number: 0,
  dueAfterMs: 0,
  choice: 'create',
  customerId: 'c1',
  kind: 'booking',
  transport: 'http',
  replica: 4,
  trucks: 2,
  fill: true,
  onActive: null,
  idempotencyKey: 'k1',
  repeatOnceKnown: false,
  transporterId: 't1',
  byOperator: false,
};
const CREATED: Reply = {
  answered: true,
  status: 201,
  body: { id: 'b1', status: 'created', trucksNeeded: 2, trucksFilled: 0 },
  replayed: false,
};
const SILENCE: Reply = { answered: false, sent: true };

let recorded: Operation[];
let sent: { readonly call: Call; readonly replica: number }[];
let replies: Reply[];
let stopping: boolean;

function worker(number = 3, count = 64): LoadWorker {
  const caller = {
    send: (call: Call, replica: number) => {
      sent.push({ call, replica });
      return Promise.resolve(replies.shift() ?? SILENCE);
    },
    close: () => Promise.resolve(),
    nameOf: () => null,
  };
  let next = 0;
  return new LoadWorker(number, count, {
    callers: { http: caller, rpc: caller },
    recorder: {
      nextIndex: () => next++,
      operation: (operation) => recorded.push(operation),
    },
    isStopping: () => stopping,
  });
}

const run = (planned: Partial<PlannedRequest> = {}, by = worker()): Promise<void> =>
  by.run({ ...PLANNED, ...planned }, 12.5, new CustomerKnowledge());

beforeEach(() => {
  recorded = [];
  sent = [];
  replies = [];
  stopping = false;
});

describe('LoadWorker', () => {
  it('records one operation for a request that is answered, due when it was due', async () => {
    replies = [CREATED];
    await run();
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({
      index: 0,
      worker: 3,
      action: 'create',
      customerId: 'c1',
      actorId: 'c1',
      broadcastId: 'b1',
      idempotencyKey: 'k1',
      trucks: 2,
      dueAtMs: 12.5,
      outcome: 'ok',
    });
    expect(recorded[0]!.completedAtMs).toBeGreaterThanOrEqual(recorded[0]!.invokedAtMs);
  });

  it('repeats what has a key until it knows, each time at the next replica and as a new client', async () => {
    replies = [SILENCE, SILENCE, CREATED];
    await run();
    expect(recorded.map(({ worker: number, outcome }) => [number, outcome])).toEqual([
      [3, 'info'],
      [67, 'info'],
      [131, 'ok'],
    ]);
    expect(sent.map(({ replica }) => replica)).toEqual([4, 5, 6]);
    expect(new Set(sent.map(({ call }) => call)).size).toBe(1);
  });

  it('gives up after five repeats', async () => {
    await run();
    expect(recorded).toHaveLength(6);
  });

  it('does not repeat what has no key, and goes on as a new client', async () => {
    const one = worker();
    await run({ idempotencyKey: null }, one);
    replies = [CREATED];
    await run({ idempotencyKey: null }, one);
    expect(recorded.map(({ worker: number }) => number)).toEqual([3, 67]);
  });

  it('repeats nothing once the load is to stop', async () => {
    stopping = true;
    await run();
    expect(recorded).toHaveLength(1);
  });

  it('repeats a success where that is planned, once', async () => {
    replies = [CREATED, SILENCE];
    await run({ repeatOnceKnown: true });
    expect(recorded).toHaveLength(2);
    expect(sent[1]!.call).toBe(sent[0]!.call);
  });
});
