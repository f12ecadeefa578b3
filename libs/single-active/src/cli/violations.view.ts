import { type Violation } from '../index.ts';
import { type Colours } from './colours.ts';
import { alignColumns } from './columns.view.ts';

/** One screen: the rest is in --json. */
const MAX_KEYS = 20;
const MAX_ROWS = 6;

/** The keys with more active rows than slots, or that there are none. */
export function viewViolations(violations: readonly Violation[], { good, bad, dim }: Colours): string[] {
  if (violations.length === 0) return [good('No key has more active rows than slots.')];
  const shown = violations.slice(0, MAX_KEYS);
  const more = violations.length - shown.length;
  return [
    bad(count(violations.length, 'key has', 'keys have') + ' more active rows than slots:'),
    ...alignColumns([
      ['KEY', 'ROWS', 'WHICH'],
      ...shown.map(({ key, rows }) => [key, String(rows.length), nameRows(rows)]),
    ]),
    ...(more > 0 ? [dim(`  and ${count(more, 'key', 'keys')} more: --json lists all`)] : []),
  ];
}

function nameRows(rows: Violation['rows']): string {
  const names = rows.slice(0, MAX_ROWS).map(({ table, id }) => `${table} ${id}`);
  const more = rows.length - names.length;
  return names.join(', ') + (more > 0 ? `, and ${more} more` : '');
}

/** `1 key`, `2 keys`. */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
