import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { History, Operation } from '../history/operation.interface.ts';
import { checkSlotHistory } from './slot-history.checker.ts';
import { simulateSlot, type SlotScript } from './slot-simulation.builder.ts';

const SCRIPT: fc.Arbitrary<SlotScript> = fc.record({
  clients: fc.integer({ min: 1, max: 8 }),
  requests: fc.array(
    fc.record({
      action: fc.constantFrom(
        'create',
        'create',
        'replace',
        'return',
        'cancel',
        'cancel',
        'fill',
        'find-active',
        'get',
        'wait',
      ),
      client: fc.nat(),
      target: fc.nat(9),
      lost: fc.integer({ min: 0, max: 9 }).map((n) => (n === 0 ? 'before' : n === 1 ? 'after' : 'no')),
      delays: fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)),
    }),
    { minLength: 1, maxLength: 80 },
  ),
});

/** What a broken guard, or a broken answer, would have left in the history. Null: there is nothing to break in it. */
const MUTATIONS: Record<string, (history: History, script: SlotScript) => History | null> = {
  'a second owner': (history) => {
    const pair = heldBetween(history);
    const created = pair && { ...pair[0], broadcastId: 'second', onActive: 'reject' as const };
    return created ? withOperation(history, created, pair[0].completedAtMs, pair[1].invokedAtMs) : null;
  },
  'another id in a read': (history) => {
    if (history.operations.some(({ action, outcome }) => action === 'create' && outcome === 'info'))
      return null;
    const read = sure(history).find(
      ({ action, broadcastId }) => action === 'find-active' && broadcastId !== null,
    );
    return read ? replaced(history, read, { ...read, broadcastId: 'b-unknown' }) : null;
  },
  'nothing seen while one was there': (history) => {
    const pair = heldBetween(history);
    const read = pair && { ...pair[0], action: 'find-active' as const, broadcastId: null, onActive: null };
    return read ? withOperation(history, read, pair[0].completedAtMs, pair[1].invokedAtMs) : null;
  },
  'one that came back after its end': (history) => {
    const end = sure(history).find(
      ({ action, broadcastStatus }) => action === 'cancel' && broadcastStatus === 'cancelled',
    );
    const lastMs = Math.max(...history.operations.map(({ completedAtMs }) => completedAtMs));
    return end ? withOperation(history, { ...end, action: 'find-active' }, lastMs, lastMs + 100) : null;
  },
  'a release that did not happen': (_history, script) => {
    const history = simulateSlot({ ...script, requests: script.requests.map(onlyPlain) });
    const ended = sure(history).find(({ action }) => action === 'cancel' || action === 'accept');
    const after = history.operations.some(
      ({ action, outcome, invokedAtMs }) =>
        action === 'create' && outcome === 'ok' && ended !== undefined && invokedAtMs > ended.completedAtMs,
    );
    const rest = history.operations.filter(({ broadcastId, action }) => {
      return action === 'create' || broadcastId !== ended?.broadcastId;
    });
    return ended && after ? { ...history, operations: rest } : null;
  },
};

/** Nothing replaced, returned or lost: then only a cancel or an accept can have made way for the next create. */
function onlyPlain(request: SlotScript['requests'][number]): SlotScript['requests'][number] {
  const action = request.action === 'replace' || request.action === 'return' ? 'create' : request.action;
  return { ...request, action, lost: 'no' };
}

describe('the search for an order', () => {
  it('explains whatever a correct slot answers', () => {
    let undecided = 0;
    fc.assert(
      fc.property(SCRIPT, (script) => {
        const result = checkSlotHistory(simulateSlot(script));
        undecided += result.undecided;
        expect(result.violations.map(({ message }) => message)).toEqual([]);
      }),
      { numRuns: 500 },
    );
    expect(undecided).toBe(0);
  });

  it('explains long histories too, or says that it cannot decide', () => {
    const longer = fc.array(SCRIPT, { minLength: 3, maxLength: 8 });
    fc.assert(
      fc.property(longer, (scripts) => {
        const requests = scripts.flatMap((script) => script.requests);
        const { violations } = checkSlotHistory(simulateSlot({ clients: 4, requests }), 2000);
        expect(violations.map(({ message }) => message)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it.each(Object.keys(MUTATIONS))('finds %s', (name) => {
    const tried = fc
      .sample(SCRIPT, { numRuns: 400, seed: 7 })
      .flatMap((script) => MUTATIONS[name]!(simulateSlot(script), script) ?? []);
    const missed = tried.filter((history) => checkSlotHistory(history).violations.length === 0);
    expect(tried.length).toBeGreaterThan(20);
    if (process.env.SHOW_RATES) console.log(name, tried.length - missed.length, 'of', tried.length);
    expect(missed).toHaveLength(0);
  });

  it('is done with long histories of busy customers in little time', () => {
    const requests = fc.sample(SCRIPT, { numRuns: 900, seed: 11 }).flatMap(({ requests: some }, round) =>
      // Losses come with faults: now and then, and then several.
      some.map((request) => (round % 50 === 0 ? request : { ...request, lost: 'no' })),
    );
    const long = simulateSlot({ clients: 16, requests });
    expect(long.operations.length).toBeGreaterThan(4000);
    const startedAtMs = performance.now();
    const result = checkSlotHistory(long);
    if (process.env.SHOW_RATES) console.log(long.operations.length, performance.now() - startedAtMs);
    expect(result).toMatchObject({ violations: [], undecided: 0 });
  });
});

function sure({ operations }: History): Operation[] {
  return operations.filter(({ outcome }) => outcome === 'ok');
}

/** An answer that shows a broadcast in the slot, and a later one that shows the same. */
function heldBetween(history: History): [Operation, Operation] | null {
  const seen = sure(history).filter(
    ({ action, broadcastId, onActive }) =>
      broadcastId !== null && (action === 'find-active' || (action === 'create' && onActive !== 'return')),
  );
  for (const first of seen) {
    const later = seen.find(
      (other) =>
        other.action === 'find-active' &&
        other.broadcastId === first.broadcastId &&
        other.invokedAtMs > first.completedAtMs + 1,
    );
    if (later) return [first, later];
  }
  return null;
}

function replaced(history: History, old: Operation, by: Operation): History {
  return { ...history, operations: history.operations.map((each) => (each === old ? by : each)) };
}

function withOperation(history: History, operation: Operation, afterMs: number, beforeMs: number): History {
  const gapMs = (beforeMs - afterMs) / 4;
  const times = { invokedAtMs: afterMs + gapMs, dueAtMs: afterMs + gapMs, completedAtMs: beforeMs - gapMs };
  const added = { ...operation, index: history.operations.length, worker: 99, status: 201, ...times };
  return { ...history, operations: [...history.operations, added] };
}
