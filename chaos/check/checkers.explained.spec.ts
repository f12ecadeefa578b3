import { describe, expect, it } from '@jest/globals';

import { ALL_CHECKERS } from './all-checkers.ts';
import { HistoryBuilder } from './history.builder.ts';

/** What looks wrong and is not: each was an alarm of a run once. */
describe('checkers', () => {
  it('C8 lets a customer wait for the lock of a create that was never answered, and no longer', () => {
    const waited = (ms: number): number =>
      ALL_CHECKERS.C8.check(
        new HistoryBuilder().unanswered('create', 0, 4000).probe('c1', 201, ms).build({ healedAtMs: 9000 }),
      ).length;
    expect([waited(2000), waited(6900), waited(7100)]).toEqual([0, 0, 1]);
  });

  it('C9 takes a step for seen neither before its commit nor after its stamp', () => {
    const history = new HistoryBuilder()
      .unanswered('create', 900, 9000)
      .create('A', 990, 2990)
      .active(null, 2000, 2010)
      .cancel('A', 3000, 3010)
      .active(null, 3600, 3610)
      .life('A', [
        ['created', 1000],
        ['cancelled', 3005],
      ])
      .build();
    expect(ALL_CHECKERS.C9.check(history)).toEqual([]);
  });

  it('C9 lets a request that was given up end its broadcast a little later', () => {
    const history = new HistoryBuilder()
      .create('A', 0, 10)
      .unanswered('create', 20, 4000, { onActive: 'replace', status: 503 })
      .refused('A', 4500, 4510)
      .life('A', [
        ['created', 5],
        ['cancelled', 3000],
      ])
      .build();
    expect(ALL_CHECKERS.C9.check(history)).toEqual([]);
  });

  it('C9 lets a step of the relay be committed a little later', () => {
    const history = new HistoryBuilder()
      .create('A', 0, 10)
      .get('A', 'created', 2000, 2010)
      .life('A', [
        ['created', 5],
        ['broadcasting', 1000],
      ])
      .build();
    const bySystem = history.audit.map((row) => (row.id === 2 ? { ...row, by: 'system:outbox-relay' } : row));
    expect(ALL_CHECKERS.C9.check({ ...history, audit: bySystem })).toEqual([]);
    expect(ALL_CHECKERS.C9.check(history)).toHaveLength(1);
  });

  it('C4 and C9 let an administrator insert a broadcast for a customer who asks for nothing', () => {
    const steps = [['active', 5] as const, ['expired', 200_000] as const];
    const history = new HistoryBuilder().life('A', steps).build();
    const bySql = { audit: history.audit.map((row) => ({ ...row, by: 'sql:postgres' })) };
    const check = (part: object): string[] =>
      [ALL_CHECKERS.C4, ALL_CHECKERS.C9].flatMap((checker) =>
        checker.check({ ...history, ...part }).map(({ checker: name }) => name),
      );
    expect(check({})).toEqual(['C4', 'C9']);
    expect(check(bySql)).toEqual([]);
    expect(
      check({ ...bySql, operations: new HistoryBuilder().refused('A', 300, 310).build().operations }),
    ).toEqual(['C4', 'C9']);
  });
});
