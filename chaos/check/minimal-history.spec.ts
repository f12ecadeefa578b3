import { describe, expect, it } from '@jest/globals';

import { minimalHistory } from './minimal-history.ts';
import { whole } from './whole-history.builder.ts';

describe('the minimal history', () => {
  it('shows what happened to the customer around the violation, newest last, in 60 lines at most', () => {
    const builder = whole().fault('kill', 'redis', 500, 900).create('Q', 4, 6, { customerId: 'c2' });
    for (let round = 0; round < 100; round++) builder.refused('B', 3000 + round, 3001 + round);
    const violation = { checker: 'C1', customerId: 'c1', atMs: 1005, message: 'wrong' } as const;
    const lines = minimalHistory(builder.build(), violation).split('\n');
    expect(lines).toHaveLength(60);
    expect(lines[0]).toBe('C1: wrong');
    expect(lines.join('\n')).toMatch(
      /fault +redis +kill until 900 ms\n.*#4 cancel -> A[^]*3: booking A partially_filled -> cancelled/,
    );
    expect(lines.join('\n')).not.toContain('-> Q');
    const times = lines.slice(3).map((line) => Number.parseInt(line, 10));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(minimalHistory(builder.build(), { ...violation, atMs: null })).toContain('3099');
  });
});
