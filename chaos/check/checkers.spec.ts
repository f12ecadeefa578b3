import { describe, expect, it } from '@jest/globals';

import type { Stall } from '../history/operation.interface.ts';
import type { CheckerName } from '../history/violation.interface.ts';
import { ALL_CHECKERS } from './all-checkers.ts';
import { HistoryBuilder } from './history.builder.ts';
import { whole } from './whole-history.builder.ts';

const later = { trucksFilled: 0 };

const BAD: [CheckerName, string, HistoryBuilder, RegExp][] = [
  [
    'C1',
    'a snapshot with two',
    whole().snapshot(200, { doubles: ['c1'] }),
    /1 of 2 snapshots saw two active broadcasts of c1/,
  ],
  [
    'C1',
    'two at once in the audit',
    whole().life('X', [['created', 2100]]),
    /booking X became created while booking B was broadcasting/,
  ],
  [
    'C3',
    'a slot without a row',
    whole().snapshot(200, { drift: ['c1'] }),
    /1 of 2 snapshots saw slots and active rows differ: c1/,
  ],
  [
    'C7',
    'no answer',
    whole().unanswered('create', 3000, 9000),
    /took 6000 ms, more than 5000 ms and 500 ms for the client/,
  ],
  [
    'C7',
    'no answer while another process was paused',
    whole().fault('pause', 'booking-2', 3000, 9000).unanswered('create', 3000, 9000),
    /took 6000 ms/,
  ],
  [
    'C8',
    'a customer who is locked out',
    whole().probe('c1', 409, 2500),
    /c1 could not create after healing: 409 after 2500 ms/,
  ],
  ['C8', 'a customer who waited', whole().probe('c9', 201, 2500), /only after 2500 ms/],
  [
    'C9',
    'a step that is not allowed',
    whole().life(
      'X',
      [
        ['created', 2550],
        ['completed', 2560],
      ],
      later,
    ),
    /created to completed is not allowed/,
  ],
  [
    'C9',
    'one that expired early',
    whole().life('X', [
      ['created', 2550],
      ['expired', 2560],
    ]),
    /expired 119990 ms before its deadline/,
  ],
  [
    'C9',
    'steps out of order',
    whole().life('X', [
      ['created', 2550],
      ['broadcasting', 2540],
    ]),
    /it is dated 10 ms before the one before/,
  ],
  ['C9', 'a stale read', whole().get('A', 'partially_filled', 3000, 3010), /A was cancelled all the while/],
  [
    'C9',
    'a refusal by one that had ended',
    whole().refused('A', 3000, 3010),
    /A was cancelled all the while/,
  ],
  ['C9', 'nothing seen while one was there', whole().active(null, 3000, 3010), /B was active all the while/],
  [
    'C9',
    'a create that was answered long before it was made',
    whole()
      .create('X', 3000, 3010)
      .life('X', [['created', 4000]]),
    /X was not there all the while/,
  ],
  [
    'C9',
    'a cancel that no request asked for then',
    whole()
      .cancel('X', 9000, 9010)
      .life('X', [
        ['created', 2550],
        ['cancelled', 2560],
      ]),
    /it had become cancelled 6440 ms before it was asked for, by nobody who asked/,
  ],
];

describe('checkers', () => {
  it.each(Object.keys(ALL_CHECKERS) as CheckerName[])('%s finds nothing in a correct history', (name) => {
    const history = whole().build();
    expect(ALL_CHECKERS[name].check(history)).toEqual([]);
    expect(ALL_CHECKERS[name].check(new HistoryBuilder().build())).toEqual([]);
  });

  it.each(BAD)('%s finds %s', (name, _what, builder, text) => {
    const found = ALL_CHECKERS[name].check(builder.build());
    expect(found).not.toEqual([]);
    expect(found.map(({ checker }) => checker)).toEqual(found.map(() => name));
    expect(found.map(({ message }) => message).join('\n')).toMatch(text);
  });

  it.each([
    ['a stale key', { c1: 'booking:A' }, 'the key of c1 is booking:A, and should be booking:B'],
    [
      'a key without a broadcast',
      { c1: 'booking:B', c2: 'order:X' },
      'the key of c2 is order:X, and should be missing',
    ],
    ['a missing key', {}, 'the key of c1 is missing, and should be booking:B'],
  ])('C6 finds %s', (_what, keys, message) => {
    expect(ALL_CHECKERS.C6.check(whole().build({ keys: keys }))).toEqual([
      {
        checker: 'C6',
        customerId: 'c1' in keys && message.includes('c2') ? 'c2' : 'c1',
        atMs: null,
        message,
      },
    ]);
  });

  it('C5 finds events that are missing, doubled, out of order, wrong, undelivered or without a broadcast', () => {
    const history = whole().build();
    const [opened, terminal, ...rest] = history.outbox;
    const found = (outbox: (typeof history.outbox)[number][]): string =>
      ALL_CHECKERS.C5.check({ ...history, outbox })
        .map(({ message }) => message)
        .join('\n');
    expect(found([opened!, ...rest])).toMatch(/A, .* has the events opened instead of opened, terminal/);
    expect(found([opened!, terminal!, { ...terminal!, id: 9 }, ...rest])).toMatch(
      /opened, terminal, terminal instead/,
    );
    expect(found([{ ...opened!, id: 8 }, terminal!, ...rest])).toMatch(/the events terminal, opened instead/);
    expect(found([opened!, { ...terminal!, status: 'expired' }, ...rest])).toMatch(
      /ended as cancelled, but event 2 says expired/,
    );
    expect(found([opened!, { ...terminal!, delivered: false }, ...rest])).toMatch(
      /undelivered events: 2 \(terminal\)/,
    );
    expect(found([...history.outbox, { ...opened!, id: 9, broadcastId: 'X' }])).toMatch(
      /about X, of which there is no row/,
    );
  });

  it('C7 does not ask a process that was paused, nor the other transport while anything is at fault', () => {
    const slow = (part: object, fault: string, target: string): unknown[] =>
      ALL_CHECKERS.C7.check(
        whole().fault(fault, target, 3000, 9000).unanswered('get', 3000, 9000, part).build(),
      );
    expect(slow({}, 'service-pause', 'booking-1')).toEqual([]);
    expect(slow({ transport: 'rpc', sentTo: null }, 'redis-pause', 'redis')).toEqual([]);
    expect(slow({}, 'service-pause', 'booking-0')).toHaveLength(1);
    expect(slow({}, 'redis-pause', 'redis')).toHaveLength(1);
    // Its stores are out of its reach, and it runs.
    expect(slow({}, 'partition-service-postgres', 'booking-1')).toHaveLength(1);
  });

  it('C7 leaves out when the client got no turn, and no more than that', () => {
    const found = (untilMs: number): number =>
      ALL_CHECKERS.C7.check({
        ...whole().unanswered('get', 3000, 8700).build(),
        stalls: [
          { fromMs: 2900, untilMs: 3100 },
          { fromMs: 5000, untilMs },
        ],
      }).length;
    expect([found(5150), found(5000)]).toEqual([0, 1]);
  });

  it('C7 leaves out when the process that was asked got no processor, once, and not when another one got none', () => {
    const found = (...stalls: readonly Stall[]): number =>
      ALL_CHECKERS.C7.check({
        ...whole().unanswered('get', 3000, 9000, { sentTo: 'order-1' }).build(),
        stalls,
      }).length;
    const starved = { process: 'order-1', fromMs: 4000, untilMs: 4500 };
    const client = { process: null, fromMs: 4100, untilMs: 4400 };
    expect(found(starved)).toBe(0);
    expect(found({ ...starved, untilMs: 4499 })).toBe(1);
    expect(found({ ...starved, process: 'order-0' })).toBe(1);
    // Of the client's 300 ms none is left when its process waited, too.
    expect(found({ ...starved, untilMs: 4450 }, client)).toBe(1);
    expect(found({ ...starved, untilMs: 4450 }, { ...client, untilMs: 4500 })).toBe(0);
    expect(found({ ...starved, fromMs: 2000, untilMs: 3499 })).toBe(1);
    expect(found({ ...starved, fromMs: 8501, untilMs: 12_000 })).toBe(1);
  });

  it('C9 finds a chain that does not lead to the row', () => {
    const history = whole().build();
    const check = (part: object): string =>
      ALL_CHECKERS.C9.check({ ...history, ...part })
        .map(({ message }) => message)
        .join('\n');
    expect(check({ audit: history.audit.filter(({ id }) => id !== 2) })).toMatch(
      /it goes on from partially_filled/,
    );
    expect(check({ audit: history.audit.filter(({ id }) => id !== 3) })).toMatch(
      /A is cancelled, but its history ends with partially_filled/,
    );
    expect(check({ rows: [] })).toMatch(/has a history but no row/);
    expect(check({ audit: [] })).toMatch(/booking A has no history/);
  });
});
