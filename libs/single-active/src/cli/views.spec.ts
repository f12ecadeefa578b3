import { describe, expect, it } from '@jest/globals';

import { colours } from './colours.ts';
import { alignColumns, shorten } from './columns.view.ts';
import { viewViolations } from './violations.view.ts';

const PLAIN = colours(false);
const ROWS = [
  { table: 'rides', id: '1' },
  { table: 'rentals', id: '20' },
];

describe('alignColumns', () => {
  it('pads every column but the last', () => {
    expect(
      alignColumns([
        ['KEY', 'N', 'ROWS'],
        ['a longer key', '2', 'x'],
        ['b', '10', 'y z'],
      ]),
    ).toEqual(['  KEY           N   ROWS', '  a longer key  2   x', '  b             10  y z']);
  });
});

describe('shorten', () => {
  it.each([
    ['SELECT 1', 20, 'SELECT 1'],
    ['SELECT 1\nFROM a', 20, 'SELECT 1 …'],
    ['SELECT one, two, three', 12, 'SELECT one,…'],
    ['\n  SELECT 1\n', 20, 'SELECT 1'],
  ])('makes a line of %p', (text, width, line) => {
    expect(shorten(text, width)).toBe(line);
  });
});

describe('viewViolations', () => {
  it('says that there are none', () => {
    expect(viewViolations([], PLAIN)).toEqual(['No key has more active rows than slots.']);
  });

  it('names each key with its rows', () => {
    expect(viewViolations([{ key: '7', rows: ROWS }], PLAIN)).toEqual([
      '1 key has more active rows than slots:',
      '  KEY  ROWS  WHICH',
      '  7    2     rides 1, rentals 20',
    ]);
  });

  it('fits a screen, however many there are', () => {
    const rows = Array.from({ length: 9 }, (_, id) => ({ table: 'rides', id: String(id) }));
    const lines = viewViolations(
      Array.from({ length: 500 }, (_, key) => ({ key: String(key), rows })),
      PLAIN,
    );
    expect(lines).toHaveLength(23);
    expect(lines[2]).toMatch(/rides 4, rides 5, and 3 more$/);
    expect(lines.at(-1)).toBe('  and 480 keys more: --json lists all');
  });

  it('paints only where there are colours', () => {
    expect(viewViolations([], colours(true))[0]).toContain('\u001b[32m');
    expect(viewViolations([], PLAIN).join('')).not.toContain('\u001b');
  });
});
