import type { FinalRow, History, Operation } from '../history/operation.interface.ts';
import type { Violation } from '../history/violation.interface.ts';
import { CLOCK_TOLERANCE_MS } from './check.constants.ts';
import { groupBy } from './grouping.ts';
import { scopeOf } from './idempotency-scope.ts';

/**
 * Broadcasts that an administrator made by SQL for customers who asked for nothing themselves. Of any other customer a row
 * that no create explains is a fault, whoever signed it.
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
 * Each row was made by a create that says so, or by one without a known end: the same customer, the same kind, begun before
 * the row was made. Such a create made one row at most, and so did an idempotency key. What is left over was made by a
 * create that was refused, twice by one, or by nobody. A probe after healing may have made one too.
 */
export function unexplainedRows(history: History): Violation[] {
  const { operations, rows, audit, probes, healedAtMs } = history;
  const creates = operations.filter(({ action }) => action === 'create');
  const acknowledged = new Set(creates.filter(saysItCreated).map(({ broadcastId }) => broadcastId));
  const bySql = madeBySql(history);
  const createdAtMs = new Map(
    audit.filter(({ from }) => from === null).map((row) => [row.broadcastId, row.atMs]),
  );
  const unsure = groupBy(possibleCreates(creates), ownerOf);
  const probed = groupBy(probes, ({ customerId }) => customerId);
  const violations: Violation[] = [];
  const open = groupBy(
    rows.filter(({ broadcastId }) => !acknowledged.has(broadcastId) && !bySql.has(broadcastId)),
    ownerOf,
  );
  for (const [owner, own] of open) {
    const begun = (unsure.get(owner) ?? []).map(({ invokedAtMs }) => invokedAtMs);
    const atOf = (row: FinalRow): number => createdAtMs.get(row.broadcastId) ?? Infinity;
    const starts = begun.sort((a, b) => a - b);
    for (const row of [...own].sort((a, b) => atOf(a) - atOf(b))) {
      const [first] = starts;
      if (first !== undefined && first <= atOf(row) + CLOCK_TOLERANCE_MS) {
        starts.shift();
        continue;
      }
      if (atOf(row) >= healedAtMs - CLOCK_TOLERANCE_MS && probed.get(row.customerId)?.pop()) continue;
      violations.push({
        checker: 'C4',
        customerId: row.customerId,
        atMs: createdAtMs.get(row.broadcastId) ?? null,
        message: `row ${row.kind} ${row.broadcastId} of ${row.customerId} was made by no create: none names it, and none without a known end is left for it`,
      });
    }
  }
  return violations;
}

/** Its answer says that it made the broadcast, and not that the broadcast was there. */
export function saysItCreated({ outcome, replayed, onActive, status }: Operation): boolean {
  return outcome === 'ok' && !replayed && !(onActive === 'return' && status === 200);
}

/** One for each create without a known end, but one only for each key, and none for a key whose broadcast is known. */
function possibleCreates(creates: readonly Operation[]): Operation[] {
  const unsure = creates.filter(({ outcome }) => outcome === 'info');
  const keyless = unsure.filter((operation) => scopeOf(operation) === null);
  const settled = new Set(creates.filter(saysItCreated).map(scopeOf));
  const keyed = groupBy(
    unsure.filter((operation) => scopeOf(operation) !== null && !settled.has(scopeOf(operation))),
    scopeOf,
  );
  const earliest = [...keyed.values()].map((same) =>
    same.reduce((a, b) => (b.invokedAtMs < a.invokedAtMs ? b : a)),
  );
  return [...keyless, ...earliest];
}

function ownerOf({ customerId, kind }: { readonly customerId: string; readonly kind: string }): string {
  return JSON.stringify([customerId, kind]);
}
