import { describe, expect, it } from '@jest/globals';

import { HistoryBuilder } from './history.builder.ts';
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

  it('marks the operations that show the violation, and leaves out what is far from them', () => {
    const builder = new HistoryBuilder().create('A', 0, 10);
    for (let round = 0; round < 100; round++) builder.refused('A', 100 + round, 101 + round);
    builder.create('B', 300, 310);
    for (let round = 0; round < 100; round++) builder.refused('B', 400 + round, 401 + round);
    const history = builder.build();
    const show = (...operations: number[]): string[] =>
      minimalHistory(history, {
        checker: 'C2',
        customerId: 'c1',
        atMs: 300,
        message: 'wrong',
        operations,
      }).split('\n');
    const marked = show(0, 101).filter((line) => line.includes('>'));
    expect(marked.filter((line) => /^ *> /.test(line))).toHaveLength(2);
    expect(show(0, 101)).toHaveLength(60);
    const near = show(100, 101);
    expect(near).toHaveLength(3 + 2 + 2 * 6);
    expect(near.join('\n')).toMatch(/> 199 .*#100 create[^]*> 300 .*#101 create -> B/);
    expect(near.join('\n')).not.toContain('#0 create');
  });
});
