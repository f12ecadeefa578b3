import { expect, it } from '@jest/globals';

import { inTurn } from './in-turn.ts';

it('two take turns', () => {
  expect([0, 1, 2, 3].map((round) => inTurn(['a', 'b'], round).join(''))).toEqual(['ab', 'ba', 'ab', 'ba']);
});

it('of several, another one begins each round, and comes after another one in the next', () => {
  const all = ['a', 'b', 'c', 'd', 'e', 'f'];
  const orders = all.map((_, round) => inTurn(all, round).join(''));
  expect(orders).toEqual(['abcdef', 'bafedc', 'cdefab', 'dcbafe', 'efabcd', 'fedcba']);
});
