import { describe, expect, it } from '@jest/globals';
import { above, HistoryPosition } from './history-position.ts';

const take = (start: HistoryPosition, ...ids: number[]): HistoryPosition =>
  ids.reduce((position, id) => position.take(id), start);

describe('a position in the history', () => {
  it('names the last id, and the gaps below it', () => {
    expect(String(take(HistoryPosition.at(0), 1, 2, 3))).toBe('3');
    expect(String(take(HistoryPosition.at(0), 2, 4, 9))).toBe('9:1,3,5-8');
    expect(String(take(HistoryPosition.at(0), 2, 4, 9, 6, 3))).toBe('9:1,5,7-8');
    expect(String(take(HistoryPosition.at(7), 8))).toBe('8');
  });

  it.each(['0', '3', '9:1,3,5-8', '1000000000000:5-999999999'])('reads %s as it was written', (text) => {
    expect(HistoryPosition.parse(text)?.toString()).toBe(text);
  });

  it.each([
    '',
    ' 3',
    '3 ',
    '03',
    '-3',
    '3:',
    '3:4',
    '3:3',
    '3:2-2',
    '3:2-1',
    '9:1,2',
    '9:3,1',
    '9:1,',
    '9:0',
    '1e3',
    '９',
  ])('does not read %j', (text) => {
    expect(HistoryPosition.parse(text)).toBeNull();
  });

  it('does not read what is too long', () => {
    expect(HistoryPosition.parse('9'.repeat(16))).toBeNull();
    const gaps = Array.from({ length: 2000 }, (_, n) => n * 2 + 1).join(',');
    expect(HistoryPosition.parse(`5000:${gaps}`)).toBeNull();
  });

  it('knows what it lacks of what another had', () => {
    const behind = take(HistoryPosition.at(0), 2, 5);
    const ahead = take(HistoryPosition.at(0), 1, 2, 3, 5, 6, 9);
    expect(behind.behind(ahead)).toEqual([
      { low: 1, high: 1 },
      { low: 3, high: 3 },
      { low: 6, high: 6 },
      { low: 9, high: 9 },
    ]);
    expect(ahead.behind(ahead)).toEqual([]);
    expect(String(ahead.lacking(behind.behind(ahead)))).toBe(String(behind));
    expect(String(ahead.lacking(above(behind.behind(ahead), 3)))).toBe('5:4');
  });

  it('forgets gaps that will not be filled, and no others', () => {
    const position = take(HistoryPosition.at(0), 2, 6, 9);
    expect(String(position.forgetGapsBelow(5))).toBe('9:5,7-8');
    expect(String(position.forgetGapsBelow(9))).toBe('9');
  });

  it('stays short with many gaps, by repeating at worst and never by losing', () => {
    const ids = Array.from({ length: 3000 }, (_, n) => (n + 1) * 2);
    const exact = take(HistoryPosition.at(0), ...ids);
    const text = exact.toString();
    expect(text.length).toBeLessThan(4096);
    const read = HistoryPosition.parse(text)!;
    expect(exact.behind(read)).toEqual([]);
    expect(read.behind(exact).length).toBeGreaterThan(0);
  });
});
