import { describe, expect, it } from '@jest/globals';

import { HistoryBuilder } from './history.builder.ts';
import { refusedRetryChecker } from './refused-retry.checker.ts';

const KEY = { idempotencyKey: 'k1' };
const lost = (): HistoryBuilder => new HistoryBuilder().unanswered('create', 0, 100, KEY);

/** @param request that the row of A names */
const check = (builder: HistoryBuilder, request = 'k1'): string[] =>
  refusedRetryChecker(builder.life('A', [['created', 50]], { request }).build()).map(
    ({ message }) => message,
  );

describe('the checker of refused retries', () => {
  it('finds a retry that is refused by what its first attempt made', () => {
    expect(check(lost().refused('A', 200, 210, KEY))).toEqual([
      expect.stringMatching(/#1 .* was refused by the broadcast that k1 had made, .* key k1/),
    ]);
    expect(check(new HistoryBuilder().create('A', 0, 100, KEY).refused('A', 200, 210, KEY))).toHaveLength(1);
  });

  it('finds it however late the first attempt came about, and whatever was at fault', () => {
    const late = lost().fault('service-pause-past-lock', 'booking-1', 10, 19_900);
    expect(check(late.refused('A', 40_000, 40_010, KEY))).toHaveLength(1);
  });

  it('shows every attempt', () => {
    const history = lost()
      .unanswered('create', 110, 120, KEY)
      .refused('A', 200, 210, KEY)
      .life('A', [['created', 50]])
      .build();
    expect(refusedRetryChecker(history)).toMatchObject([{ operations: [0, 1, 2] }]);
  });

  it.each<[string, HistoryBuilder, string]>([
    [
      'another request made it, though each attempt of its own may have',
      lost().unanswered('create', 20, 90).refused('A', 200, 210, KEY),
      'request-1',
    ],
    ['its key is another one', lost().refused('A', 200, 210, { idempotencyKey: 'k2' }), 'k1'],
    ['it has no key', new HistoryBuilder().create('A', 0, 100).refused('A', 200, 210), 'request-0'],
  ])('says nothing when %s', (_, builder, request) => {
    expect(check(builder, request)).toEqual([]);
  });

  it('says nothing of a row that names no request', () => {
    const history = lost()
      .refused('A', 200, 210, KEY)
      .life('A', [['created', 50]])
      .build();
    const rows = history.rows.map((row) => ({ ...row, request: null }));
    expect(refusedRetryChecker({ ...history, rows })).toEqual([]);
  });
});
