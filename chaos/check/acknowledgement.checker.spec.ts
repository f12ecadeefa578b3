import { describe, expect, it } from '@jest/globals';

import { ALL_CHECKERS } from './all-checkers.ts';
import type { HistoryBuilder } from './history.builder.ts';
import { whole } from './whole-history.builder.ts';

const BAD: [string, HistoryBuilder, RegExp][] = [
  ['a lost create', whole().create('L', 3000, 3010), /#8 .* was acknowledged, but its row is not there/],
  [
    "another customer's row",
    whole().active('B', 3000, 3010, { customerId: 'c2' }),
    /but its row belongs to c1/,
  ],
  ['a lost cancel', whole().cancel('B', 3000, 3010), /but its history has no cancelled/],
  [
    'a lost start',
    whole().add('start', 3000, 3010, { broadcastId: 'A' }),
    /but its history has no in_progress/,
  ],
  [
    'a history that does not begin with created',
    whole()
      .create('H', 9000, 9010)
      .life('H', [['active', 9005]]),
    /its history begins with active/,
  ],
  [
    'an answer without a broadcast',
    whole().create('B', 3000, 3010, { broadcastId: null }),
    /the answer names no broadcast/,
  ],
  [
    'a row that no request made',
    whole()
      .life('X', [['created', 2550]])
      .life('Y', [['created', 2560]]),
    /row booking Y of c1 was made by no create .* of none, which it names, there is no attempt/,
  ],
  [
    'a row older than the create that might have made it',
    whole().life('X', [['created', 1800]]),
    /row booking X of c1 was made by no create .* each attempt was made later/,
  ],
  [
    'two rows of one key',
    whole()
      .unanswered('create', 3000, 3010, { idempotencyKey: 'k2' })
      .unanswered('create', 3020, 3030, { idempotencyKey: 'k2' })
      .life('X', [['created', 2550]])
      .life('Y', [['created', 3005]], { request: 'k2' })
      .life('Z', [['created', 3025]], { request: 'k2' }),
    /row booking Z of c1 was made by no create .* of k2, which it names, it made another one/,
  ],
  [
    'a row of a create that was refused',
    whole()
      .refused('B', 2600, 2610)
      .life('X', [['created', 2605]], { request: 'request-8' }),
    /row booking X of c1 was made by no create .* each attempt was refused or says that it found one/,
  ],
  [
    'a row of a create that says it found another one',
    whole()
      .create('B', 2600, 2610, { onActive: 'return', status: 200 })
      .life('X', [['created', 2605]], { request: 'request-8' }),
    /row booking X of c1 was made by no create .* each attempt was refused or says that it found one/,
  ],
  [
    "a row of another customer's create",
    whole()
      .create('D', 2600, 2610, { customerId: 'c2' })
      .life('D', [['created', 2605]], { request: 'request-8' }),
    /row booking D of c1 was made by no create .* c2 made the attempts, at a booking/,
  ],
  [
    'two broadcasts of one key',
    whole().create('B', 3000, 3010, { idempotencyKey: 'k1' }),
    /had the same idempotency key k1, and name two broadcasts/,
  ],
  [
    'too many trucks',
    whole().life('T', [['created', 2550]], { trucksFilled: 3 }),
    /with 3 of 2 trucks, more than were asked for/,
  ],
  [
    'full with too few trucks',
    whole().life(
      'T',
      [
        ['created', 2550],
        ['fully_filled', 2560],
      ],
      { trucksFilled: 0 },
    ),
    /0 of 2 trucks, fewer than its status says/,
  ],
  [
    'trucks that were lost',
    whole().add('accept', 80, 90, { broadcastId: 'A', actorId: 't2', trucks: 1 }),
    /1 of 2 trucks, but 2 were acknowledged/,
  ],
  [
    'trucks that no transporter offered',
    whole().life('T', [['created', 2550]], { trucksFilled: 1 }),
    /but only 0 were offered/,
  ],
];

describe('what was acknowledged', () => {
  it.each(BAD)('is stored and nothing else is: C4 finds %s', (_what, builder, text) => {
    const found = ALL_CHECKERS.C4.check(builder.build());
    expect(found.map(({ checker }) => checker)).toEqual(found.map(() => 'C4'));
    expect(found.map(({ message }) => message).join('\n')).toMatch(text);
  });
});
