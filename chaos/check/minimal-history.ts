import type { History } from '../history/operation.interface.ts';
import type { Violation } from '../history/violation.interface.ts';
import { describeOperation } from './operation.text.ts';

const MAX_LINES = 60;
const MAX_WIDTH = 150;
const COLUMNS = ['ms', 'what', 'who', 'event'] as const;

interface Entry {
  readonly atMs: number;
  readonly cells: readonly string[];
}

/**
 * What happened around a violation, as a table for a terminal, newest last, 60 lines at most with its head: operations and
 * history of the customer concerned, and the faults. Without a customer those of all.
 */
export function minimalHistory(history: History, violation: Violation): string {
  const centerMs = violation.atMs ?? Infinity;
  const entries = entriesOf(history, violation.customerId).sort((a, b) => a.atMs - b.atMs);
  const shown = nearest(entries, centerMs, MAX_LINES - 3);
  const omitted = entries.length - shown.length;
  const lines = [
    `${violation.checker}: ${violation.message}`,
    omitted > 0 ? `(${omitted} more lines before or after)` : '',
    ...table(shown),
  ];
  return lines
    .map((line) => (line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH - 1)}…` : line))
    .join('\n');
}

function entriesOf({ operations, audit, faults }: History, customerId: string | null): Entry[] {
  const isConcerned = (item: { readonly customerId: string }): boolean =>
    customerId === null || item.customerId === customerId;
  return [
    ...operations.filter(isConcerned).map((operation) => ({
      atMs: operation.invokedAtMs,
      cells: ['operation', operation.actorId, `${describeOperation(operation)} ${operation.kind}`],
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

/** The `limit` entries around an instant, more of them before it than after: what led to it came before. */
function nearest(entries: readonly Entry[], centerMs: number, limit: number): readonly Entry[] {
  if (entries.length <= limit) return entries;
  const until = entries.findIndex(({ atMs }) => atMs > centerMs);
  const end = Math.max(
    limit,
    Math.min(entries.length, (until < 0 ? entries.length : until) + Math.floor(limit / 4)),
  );
  return entries.slice(end - limit, end);
}

function table(entries: readonly Entry[]): string[] {
  const rows = [COLUMNS, ...entries.map(({ atMs, cells }) => [String(Math.round(atMs)), ...cells])];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padStart(widths[0]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
