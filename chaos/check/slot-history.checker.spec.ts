import { describe, expect, it } from '@jest/globals';

import { HistoryBuilder } from './history.builder.ts';
import { checkSlotHistory, slotHistoryChecker } from './slot-history.checker.ts';

const messages = (builder: HistoryBuilder): string[] =>
  slotHistoryChecker(builder.build()).map(({ message }) => message);

const KEY = { idempotencyKey: 'k1' };

const BAD: Record<string, [HistoryBuilder, RegExp]> = {
  'two creates with nothing between': [
    new HistoryBuilder().create('A', 0, 10).create('B', 20, 30),
    /no order .* when at first the slot is held by A, since #0 create -> A .*: #1 create -> B/,
  ],
  'two overlapping creates, both seen afterwards': [
    new HistoryBuilder().create('A', 0, 30).create('B', 0, 30).active('A', 40, 50).active('B', 60, 70),
    /#0 .*; #1 /,
  ],
  'two creates of two kinds at the same moment': [
    new HistoryBuilder().create('A', 0, 30).create('B', 0, 30, { kind: 'order' }),
    /#0 .*; #1 /,
  ],
  'a stale read: nothing active although one was': [
    new HistoryBuilder().create('A', 0, 10).active(null, 20, 30).active('A', 40, 50),
    /#1 find-active -> nothing .*/,
  ],
  'a stale read: still active after its cancel': [
    new HistoryBuilder().create('A', 0, 10).cancel('A', 20, 30).active('A', 40, 50),
    /held by A, since #0 .*: #1 cancel -> A .*; #2 find-active -> A/,
  ],
  'a lost acknowledgement: cancelled, and yet refused': [
    new HistoryBuilder().create('A', 0, 10).cancel('A', 20, 30).refused('A', 40, 50),
    /#1 cancel -> A .*; #2 create ORDER_ACTIVE_EXISTS by A/,
  ],
  'a lost acknowledgement: created, and not found': [
    new HistoryBuilder()
      .create('A', 0, 10)
      .add('get', 20, 30, { broadcastId: 'A', outcome: 'fail', status: 404, code: 'NOT_FOUND' }),
    /#0 .*; #1 get -> A NOT_FOUND/,
  ],
  'a double by a create without an answer': [
    new HistoryBuilder()
      .create('A', 0, 10)
      .unanswered('create', 20, 30)
      .active('B', 40, 50)
      .active('A', 60, 70),
    /held by A, since #0 .*: #2 find-active -> B/,
  ],
  'a create without an answer that came although the slot was never free': [
    new HistoryBuilder().create('A', 0, 10).unanswered('create', 20, 30).active('B', 40, 50),
    /held by A, since #0 .*: #2 find-active -> B/,
  ],
  'a late end of A that freed the customer of B': [
    new HistoryBuilder()
      .create('A', 0, 10)
      .cancel('A', 20, 30)
      .create('B', 40, 50)
      .cancel('A', 60, 70)
      .create('C', 80, 90),
    /held by B, since #2 .*: #4 create -> C/,
  ],
  'ABA: A comes back': [
    new HistoryBuilder()
      .create('A', 0, 10, { onActive: 'replace' })
      .create('B', 20, 30, { onActive: 'replace' })
      .active('A', 40, 50),
    /held by A, since #0 .*: #1 create \(replace\) -> B .*; #2 find-active -> A/,
  ],
  'a replacement that did not': [
    new HistoryBuilder()
      .create('A', 0, 10)
      .create('B', 20, 30, { onActive: 'replace' })
      .get('A', 'active', 40, 50),
    /#1 create \(replace\) -> B .*; #2 get -> A active/,
  ],
  'a returned broadcast that had ended': [
    new HistoryBuilder()
      .create('A', 0, 10)
      .cancel('A', 20, 30)
      .create('A', 40, 50, { onActive: 'return', status: 200 }),
    /#2 create \(return\) -> A/,
  ],
  'a start of what was never filled': [
    new HistoryBuilder()
      .create('A', 0, 10)
      .add('start', 20, 30, { broadcastId: 'A', actorId: 't1', broadcastStatus: 'in_progress' })
      .active('A', 40, 50),
    /#1 start -> A/,
  ],
  'an end without a reason': [
    new HistoryBuilder()
      .create('A', 0, 10)
      .active(null, 20, 30)
      .life('A', [['created', 5]]),
    /held by A, since #0 .*: #1 find-active -> nothing/,
  ],
  'one shown long after its deadline': [
    new HistoryBuilder()
      .create('A', 0, 10)
      .refused('A', 2000, 2010)
      .life('A', [['created', 5]], { expiresAtMs: 1000 }),
    /#1 .* was shown a broadcast as active 1000 ms after its deadline/,
  ],
  'two creates with one broadcast': [
    new HistoryBuilder().create('A', 0, 10).create('A', 20, 30),
    /both say that they created A/,
  ],
  'a broadcast that no request created': [
    new HistoryBuilder().refused('X', 0, 10),
    /#0 .* names X, which no create explains/,
  ],
  'the answer of another request, replayed': [
    new HistoryBuilder()
      .create('A', 0, 10, KEY)
      .cancel('A', 20, 30)
      .create('A', 40, 50, { idempotencyKey: 'k2', replayed: true }),
    /#2 .* was given the answer of a request that nobody made/,
  ],
  'a refusal for a create in flight that there was not': [
    new HistoryBuilder().create('A', 0, 10).cancel('A', 20, 30).refused(null, 40, 50),
    /#2 .* was refused for a create in flight, and there was none/,
  ],
  'a refusal for a lock that should be gone': [
    new HistoryBuilder().unanswered('create', 0, 10).refused(null, 20_000, 20_010),
    /there was none/,
  ],
};

describe('slot history', () => {
  it.each(Object.keys(BAD))('finds %s', (name) => {
    const [builder, text] = BAD[name]!;
    expect(messages(builder)).toEqual([expect.stringMatching(text)]);
  });

  it('shows the smallest window only, in a long history', () => {
    const builder = new HistoryBuilder();
    for (let round = 0; round < 50; round++) {
      const at = round * 100;
      builder.create(`A${round}`, at, at + 10).refused(`A${round}`, at + 20, at + 30);
      if (round !== 25) builder.cancel(`A${round}`, at + 40, at + 50);
    }
    const [violation, ...others] = slotHistoryChecker(builder.build());
    expect(others).toEqual([]);
    expect(violation!.message).toMatch(/held by A25, since #75 .*: #77 create -> A26 [^;]*$/);
    expect(violation).toMatchObject({ checker: 'C2', customerId: 'c1', atMs: 2600 });
  });

  it('keeps customers apart', () => {
    const builder = new HistoryBuilder()
      .create('A', 0, 10)
      .create('B', 20, 30, { customerId: 'c2', actorId: 'c2' });
    expect(messages(builder)).toEqual([]);
  });

  it('counts what it could not decide, and still finds what is impossible after it', () => {
    const storm = new HistoryBuilder();
    for (let index = 0; index < 12; index++) storm.create(`S${index}`, 0, 100, { onActive: 'replace' });
    const undecided = checkSlotHistory(storm.active('S3', 150, 160).build(), 3);
    expect(undecided).toMatchObject({ violations: [], undecided: 1, customers: 1 });
    expect(checkSlotHistory(storm.build())).toMatchObject({ violations: [], undecided: 0 });
    storm.create('A', 200, 210, { onActive: 'replace' }).create('B', 220, 230);
    const result = checkSlotHistory(storm.build(), 3);
    expect(result.violations).toHaveLength(1);
  });
});
