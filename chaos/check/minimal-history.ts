import type { History } from '../history/operation.interface.ts';
import type { Violation } from '../history/violation.interface.ts';
import { describeOperation } from './operation.text.ts';

const MAX_LINES = 60;
const MAX_WIDTH = 150;
/** Lines before the first and after the last marked one. */
const AROUND_MARKED = 6;
const COLUMNS = ['ms', 'what', 'who', 'event'] as const;

interface Entry {
  readonly atMs: number;
  readonly cells: readonly string[];
  /** It is one of those that show the violation. */
  readonly isMarked?: boolean;
}

/**
 * What happened around a violation, as a table for a terminal, newest last, 60 lines at most with its head: operations and
 * history of the customer concerned, and the faults. Without a customer those of all. The operations that show the violation
 * are marked with `>`; when they are known, nothing is shown from long before the first or after the last of them.
 */
export function minimalHistory(history: History, violation: Violation): string {
  const entries = entriesOf(history, violation).sort((a, b) => a.atMs - b.atMs);
  const shown = nearest(entries, violation.atMs ?? Infinity, MAX_LINES - 3);
  const omitted = entries.length - shown.length;
  const lines = [
    omitted > 0 ? `(${omitted} more lines before or after)` : '',
    ...table(shown).map((line) => (line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH - 1)}…` : line)),
  ];
  return [`${violation.checker}: ${violation.message}`, ...lines].join('\n');
}

function entriesOf(
  { operations, audit, faults }: History,
  { customerId, operations: marked = [] }: Violation,
): Entry[] {
  const isConcerned = (item: { readonly customerId: string }): boolean =>
    customerId === null || item.customerId === customerId;
  return [
    ...operations.filter(isConcerned).map((operation) => ({
      atMs: operation.invokedAtMs,
      cells: ['operation', operation.actorId, `${describeOperation(operation)} ${operation.kind}`],
      isMarked: marked.includes(operation.index),
    })),
    ...audit.filter(isConcerned).map((row) => ({
      atMs: row.atMs,
      cells: [
        'audit',
        row.by,
        `${row.id}: ${row.kind} ${row.broadcastId} ${row.from ?? 'nothing'} -> ${row.to}`,
      ],
    })),
    ...faults.map(({ fault, target, startedAtMs, endedAtMs }) => ({
      atMs: startedAtMs,
      cells: ['fault', target, `${fault} until ${Math.round(endedAtMs)} ms`],
    })),
  ];
}

/**
 * Entries around an instant, more of them before it than after: what led to it came before. The marked ones are among them
 * unless there are more of them than `limit`.
 */
function nearest(entries: readonly Entry[], centerMs: number, limit: number): readonly Entry[] {
  const first = entries.findIndex(({ isMarked }) => isMarked);
  if (first >= 0) {
    const last = entries.findLastIndex(({ isMarked }) => isMarked);
    const [from, until] = [Math.max(0, first - AROUND_MARKED), last + 1 + AROUND_MARKED];
    const stretch = entries.slice(from, until);
    if (stretch.length <= limit) return stretch;
    const marked = entries.filter(({ isMarked }) => isMarked).slice(0, limit);
    const room = new Set(stretch.filter(({ isMarked }) => !isMarked).slice(-(limit - marked.length)));
    return stretch.filter((entry) => marked.includes(entry) || (marked.length < limit && room.has(entry)));
  }
  if (entries.length <= limit) return entries;
  const until = entries.findIndex(({ atMs }) => atMs > centerMs);
  const end = Math.max(
    limit,
    Math.min(entries.length, (until < 0 ? entries.length : until) + Math.floor(limit / 4)),
  );
  return entries.slice(end - limit, end);
}

function table(entries: readonly Entry[]): string[] {
  const rows = [
    COLUMNS,
    ...entries.map(({ atMs, cells, isMarked }) => [`${isMarked ? '> ' : ''}${Math.round(atMs)}`, ...cells]),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padStart(widths[0]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
