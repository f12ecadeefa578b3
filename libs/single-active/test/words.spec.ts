import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const SOURCES = resolve(import.meta.dirname, '../src');
/** What the services of this repository are about. Things come in an order, too, and `ORDER BY` is SQL. */
const DOMAIN =
  /truck|transporter|vehicle|booking|\ban order\b(?! of\b)|\borders\b|\border_|\border(id|s?service)/gi;
/** A table that an application may well have is an example of a quoted name. */
const EXAMPLE = /"Order"/g;

function wordsOf(text: string): string[] {
  return text.replace(EXAMPLE, '').match(DOMAIN) ?? [];
}

describe('the sources of single-active', () => {
  it.each(['a truck', 'one transporter', 'vehicle_id', 'Bookings', 'an order', 'two orders', 'order_id'])(
    'would be caught with %s',
    (text) => {
      expect(wordsOf(text)).toHaveLength(1);
    },
  );

  it.each(['ORDER BY key', 'in the order of their keys', 'recorder'])('may say %s', (text) => {
    expect(wordsOf(text)).toEqual([]);
  });

  it('know nothing of what they are used for', () => {
    const files = globSync('**/*.ts', { cwd: SOURCES });
    expect(files.length).toBeGreaterThan(20);
    const found = files.flatMap((file) =>
      wordsOf(readFileSync(resolve(SOURCES, file), 'utf8')).map((word) => `${file}: ${word}`),
    );
    expect(found).toEqual([]);
  });
});
