import type { FinalRow, History, Operation } from '../history/operation.interface.ts';
import type { Violation } from '../history/violation.interface.ts';
import { CLOCK_TOLERANCE_MS } from './check.constants.ts';
import { groupBy } from './grouping.ts';

/**
 * Broadcasts that an administrator made by SQL for customers who asked for nothing themselves. Of any other customer a row
 * that no create explains is a fault, whatever name it bears.
 */
export function madeBySql({ audit, operations }: Pick<History, 'audit' | 'operations'>): Set<string> {
  const clients = new Set(operations.map(({ customerId }) => customerId));
  return new Set(
    audit
      .filter(
        ({ from, by, customerId }) => from === null && by.startsWith('sql:') && !clients.has(customerId),
      )
      .map(({ broadcastId }) => broadcastId),
  );
}

/**
 * Each row names the create that made it, which its customer asked for, for this kind, before the row was made; one of its
 * attempts says that it made a broadcast, or has no known end; and no other row names the same.
 */
export function unexplainedRows(history: History): Violation[] {
  const { operations, rows, audit } = history;
  const attempts = attemptsByRequest(operations);
  const bySql = madeBySql(history);
  const createdAtMs = new Map(
    audit.filter(({ from }) => from === null).map((row) => [row.broadcastId, row.atMs]),
  );
  const atOf = (row: FinalRow): number => createdAtMs.get(row.broadcastId) ?? Infinity;
  const explained = new Set<string>();
  const violations: Violation[] = [];
  for (const row of [...rows].sort((a, b) => atOf(a) - atOf(b))) {
    const { broadcastId, kind, customerId, request } = row;
    if (bySql.has(broadcastId)) continue;
    const own = (request === null ? undefined : attempts.get(request)) ?? [];
    const fault = faultOf(row, atOf(row), own) ?? (explained.has(request!) ? 'it made another one' : null);
    explained.add(request!);
    if (fault === null) continue;
    const message = `row ${kind} ${broadcastId} of ${customerId} was made by no create that may have made it: of ${request ?? 'none'}, which it names, ${fault}`;
    const marked = own.map(({ index }) => index);
    const atMs = createdAtMs.get(broadcastId) ?? null;
    violations.push({ checker: 'C4', customerId, atMs, message, operations: marked });
  }
  return violations;
}

/** The creates of a history by what they were attempts at. */
export function attemptsByRequest(operations: readonly Operation[]): ReadonlyMap<string, Operation[]> {
  const named = operations.filter(({ request }) => request !== null);
  return groupBy(named, ({ request }) => request!);
}

function faultOf(row: FinalRow, atMs: number, attempts: readonly Operation[]): string | null {
  const [first] = attempts;
  if (!first) return 'there is no attempt';
  if (first.customerId !== row.customerId || first.kind !== row.kind) {
    return `${first.customerId} made the attempts, at a ${first.kind}`;
  }
  const possible = attempts.filter((attempt) => attempt.outcome === 'info' || saysItCreated(attempt));
  if (possible.length === 0) return 'each attempt was refused or says that it found one';
  const isLater = possible.every(({ invokedAtMs }) => invokedAtMs > atMs + CLOCK_TOLERANCE_MS);
  return isLater ? 'each attempt was made later' : null;
}

/** Its answer says that it made the broadcast, and not that the broadcast was there. */
export function saysItCreated({ outcome, replayed, onActive, status }: Operation): boolean {
  return outcome === 'ok' && !replayed && !(onActive === 'return' && status === 200);
}
