import { describe, expect, it } from '@jest/globals';

import { HistoryBuilder } from './history.builder.ts';
import { checkSlotHistory } from './slot-history.checker.ts';

const RPC = { transport: 'rpc', sentTo: null, status: null } as const;
const KEY = { idempotencyKey: 'k1' };

const GOOD: Record<string, HistoryBuilder> = {
  'nothing at all': new HistoryBuilder(),
  'a create, refusals that name it, a cancel and the next create': new HistoryBuilder()
    .create('A', 0, 10)
    .refused('A', 5, 20)
    .active('A', 21, 25)
    .cancel('A', 30, 40)
    .active(null, 41, 45)
    .create('B', 50, 60),
  'a refusal that ends before the create that it met': new HistoryBuilder()
    .create('A', 0, 100)
    .refused('A', 10, 50)
    .refused(null, 10, 20),
  'a cancel that was repeated, and one that overlaps the next create': new HistoryBuilder()
    .create('A', 0, 10)
    .cancel('A', 20, 40)
    .cancel('A', 21, 90)
    .create('B', 30, 60)
    .active('B', 70, 80),
  'replacements in a race': new HistoryBuilder()
    .create('A', 0, 100, { onActive: 'replace' })
    .create('B', 0, 100, { onActive: 'replace' })
    .create('C', 0, 100, { onActive: 'replace' })
    .get('A', 'cancelled', 101, 110)
    .active('B', 101, 110),
  'the active one returned instead of a new one': new HistoryBuilder()
    .create('A', 0, 10, { onActive: 'return' })
    .create('A', 20, 30, { onActive: 'return', status: 200 })
    .create('A', 40, 50, { ...RPC, onActive: 'return' }),
  'a create without an answer that took effect': new HistoryBuilder()
    .unanswered('create', 0, 10)
    .active('A', 50, 60)
    .life('A', [['created', 40]]),
  'a create without an answer that did not': new HistoryBuilder()
    .unanswered('create', 0, 10)
    .create('B', 20, 30),
  'an unseen replacement without an answer': new HistoryBuilder()
    .create('A', 0, 10)
    .unanswered('create', 20, 30, { onActive: 'replace' })
    .create('B', 5000, 5010)
    .life('A', [
      ['created', 5],
      ['cancelled', 25],
    ])
    .life(
      'H',
      [
        ['created', 25],
        ['expired', 4000],
      ],
      { expiresAtMs: 4000 },
    )
    .life('B', [['created', 5005]]),
  'a replacement without an answer, long over when the slot is needed again': new HistoryBuilder()
    .create('A', 0, 10)
    .unanswered('create', 20, 30, { onActive: 'replace' })
    .add('accept', 1000, 1010, {
      broadcastId: 'A',
      actorId: 't',
      outcome: 'fail',
      status: 409,
      code: 'NO_LONGER_AVAILABLE',
    })
    .add('accept', 9000, 9010, {
      broadcastId: 'A',
      actorId: 't',
      outcome: 'fail',
      status: 409,
      code: 'NO_LONGER_AVAILABLE',
    })
    .create('B', 9500, 9510)
    .life('A', [
      ['created', 5],
      ['cancelled', 25],
    ])
    .life(
      'H',
      [
        ['created', 25],
        ['expired', 4000],
      ],
      { expiresAtMs: 4000 },
    )
    .life('B', [['created', 9505]]),
  'a cancel of what a create without an answer made, next to another create': new HistoryBuilder()
    .create('A', 0, 1)
    .unanswered('create', 2, 3, { onActive: 'replace' })
    .create('C', 0, 6)
    .cancel('B', 4, 5),
  'a cancel without an answer that took effect late': new HistoryBuilder()
    .create('A', 0, 10)
    .unanswered('cancel', 20, 30, { broadcastId: 'A' })
    .active('A', 40, 50)
    .create('B', 60, 70),
  'the end at the deadline, before a worker wrote it down': new HistoryBuilder()
    .create('A', 0, 10)
    .active(null, 1100, 1110)
    .create('B', 1120, 1130)
    .life(
      'A',
      [
        ['created', 5],
        ['expired', 1120],
      ],
      { expiresAtMs: 1000 },
    )
    .life('B', [['created', 1125]]),
  'filled by accepts': new HistoryBuilder()
    .create('A', 0, 10)
    .add('accept', 20, 30, {
      broadcastId: 'A',
      actorId: 't1',
      trucks: 1,
      broadcastStatus: 'partially_filled',
    })
    .add('accept', 25, 50, { broadcastId: 'A', actorId: 't2', trucks: 1, broadcastStatus: 'fully_filled' })
    .create('B', 45, 60)
    .add('start', 70, 80, { broadcastId: 'A', actorId: 't2', broadcastStatus: 'in_progress' }),
  'an answer replayed after the end of its broadcast': new HistoryBuilder()
    .create('A', 0, 10, KEY)
    .cancel('A', 20, 30)
    .create('A', 40, 50, { ...KEY, replayed: true })
    .active(null, 60, 70),
  'an answer replayed whose first delivery was lost': new HistoryBuilder()
    .unanswered('create', 0, 10, KEY)
    .active('A', 15, 18)
    .create('A', 20, 30, { ...KEY, replayed: true }),
  'an accept over RPC whose first answer was lost, and is given again after the end': new HistoryBuilder()
    .create('A', 0, 10)
    .unanswered('accept', 20, 30, { ...KEY, ...RPC, broadcastId: 'A', actorId: 't' })
    .cancel('A', 40, 50)
    .add('accept', 60, 70, {
      ...KEY,
      ...RPC,
      broadcastId: 'A',
      actorId: 't',
      broadcastStatus: 'partially_filled',
    }),
  'a replay over RPC, which does not say so': new HistoryBuilder()
    .unanswered('create', 0, 10, { ...KEY, ...RPC })
    .active('A', 15, 18)
    .cancel('A', 20, 25)
    .create('A', 30, 40, { ...KEY, ...RPC })
    .active(null, 50, 60),
  'a replacement over RPC whose answer was repeated, next to a create without an answer': new HistoryBuilder()
    .unanswered('create', 0, 10)
    .create('A', 20, 50)
    .create('B', 30, 80, { ...KEY, ...RPC, onActive: 'replace' })
    .create('B', 40, 70, { ...KEY, ...RPC, onActive: 'replace' })
    .active('A', 52, 60)
    .active('B', 90, 100),
  'a refusal for the lock of a killed create': new HistoryBuilder()
    .unanswered('create', 0, 10)
    .refused(null, 9000, 9010),
  'a refusal for a lock that a fault kept': new HistoryBuilder()
    .create('A', 0, 10)
    .cancel('A', 20, 30)
    .fault('pause', 'redis', 5, 3000)
    .refused(null, 8000, 8010),
  'a refused step': new HistoryBuilder().create('A', 0, 10).cancel('A', 20, 30).add('accept', 40, 50, {
    broadcastId: 'A',
    actorId: 't1',
    outcome: 'fail',
    status: 409,
    code: 'INVALID_TRANSITION',
  }),
};

describe('slot history', () => {
  it.each(Object.keys(GOOD))('explains %s', (name) => {
    const { violations, undecided } = checkSlotHistory(GOOD[name]!.build());
    expect(violations.map(({ message }) => message)).toEqual([]);
    expect(undecided).toBe(0);
  });
});
