import { describe, expect, it } from '@jest/globals';

import { HistoryBuilder } from './history.builder.ts';
import { refusedRetryChecker } from './refused-retry.checker.ts';

const KEY = { idempotencyKey: 'k1' };
const lost = (): HistoryBuilder => new HistoryBuilder().unanswered('create', 0, 100, KEY);

const check = (builder: HistoryBuilder): string[] =>
  refusedRetryChecker(builder.life('A', [['created', 50]]).build()).map(({ message }) => message);

describe('the checker of refused retries', () => {
  it.each([
    ['finds it when a request that may have made it was given up long before', [], 1],
    [
      'says nothing when that one was with a process that stood still',
      [['service-pause-past-lock', 10, 19_900] as const],
      0,
    ],
    ['says nothing when that one had been told to wait', [['late-insert', 10, 9400] as const], 0],
    ['finds it when it was let go long before', [['late-insert', 10, 3000] as const], 1],
    ['finds it when nothing was held up', [['late-set', 10, 19_900] as const], 1],
  ])('%s', (_, holdUps, found) => {
    const early = new HistoryBuilder().unanswered('create', 0, 100);
    for (const [fault, startedAtMs, endedAtMs] of holdUps) {
      early.fault(fault, 'booking-1', startedAtMs, endedAtMs);
    }
    const history = early
      .unanswered('create', 19_000, 19_100, KEY)
      .refused('A', 20_100, 20_200, KEY)
      .life('A', [['created', 20_000]])
      .build();
    expect(refusedRetryChecker(history)).toHaveLength(found);
  });

  it('finds a retry that is refused by what its first attempt made', () => {
    expect(check(lost().refused('A', 200, 210, KEY))).toEqual([
      expect.stringMatching(/#1 .* was refused by the broadcast that #0 .* key k1 had made/),
    ]);
    expect(check(new HistoryBuilder().create('A', 0, 100, KEY).refused('A', 200, 210, KEY))).toHaveLength(1);
  });

  it.each<[string, HistoryBuilder]>([
    [
      'another request without an answer may have made it',
      lost().unanswered('create', 20, 90).refused('A', 200, 210, KEY),
    ],
    ['somebody else says that he made it', lost().create('A', 20, 90).refused('A', 200, 210, KEY)],
    [
      'its own key had only been given what somebody else made',
      new HistoryBuilder()
        .unanswered('create', 0, 100)
        .create('A', 150, 160, { ...KEY, onActive: 'return', status: 200 })
        .refused('A', 200, 210, KEY),
    ],
    ['its key is another one', lost().refused('A', 200, 210, { idempotencyKey: 'k2' })],
    ['it came over the other transport', lost().refused('A', 200, 210, { ...KEY, transport: 'rpc' })],
    [
      'the first attempt came later',
      new HistoryBuilder().unanswered('create', 400, 500, KEY).refused('A', 600, 610, KEY),
    ],
  ])('says nothing when %s', (_, builder) => {
    expect(check(builder)).toEqual([]);
  });

  it('says nothing of what an administrator made', () => {
    const history = lost()
      .refused('A', 200, 210, KEY)
      .life('A', [['created', 50]])
      .build();
    const bySql = history.audit.map((row) => ({ ...row, by: 'sql:postgres' }));
    expect(refusedRetryChecker({ ...history, audit: bySql })).toEqual([]);
  });
});
