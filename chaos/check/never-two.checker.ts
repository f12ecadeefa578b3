import type { AuditRow, History, Snapshot } from '../history/operation.interface.ts';
import type { Checker, Violation } from '../history/violation.interface.ts';
import { groupBy } from './grouping.ts';
import { isActive } from './status.ts';

/** C1: no snapshot saw two active rows of one customer, and the history of the database, replayed, never has two. */
export const neverTwoChecker: Checker = (history) => [...fromSnapshots(history), ...fromAudit(history)];

function fromSnapshots({ snapshots }: History): Violation[] {
  return sightings(snapshots, ({ doubles }) => doubles).map(({ what, count, firstAtMs }) => ({
    checker: 'C1',
    customerId: what,
    atMs: firstAtMs,
    message: `${count} of ${snapshots.length} snapshots saw two active broadcasts of ${what}, the first at ${Math.round(firstAtMs)} ms`,
  }));
}

function fromAudit({ audit }: History): Violation[] {
  const violations: Violation[] = [];
  const byId = [...audit].sort((a, b) => a.id - b.id);
  for (const [customerId, rows] of groupBy(byId, (row) => row.customerId)) {
    const active = new Map<string, AuditRow>();
    for (const row of rows) {
      if (!isActive(row.to)) {
        active.delete(row.broadcastId);
        continue;
      }
      const other = [...active.values()].find(({ broadcastId }) => broadcastId !== row.broadcastId);
      if (other && !active.has(row.broadcastId)) {
        violations.push({
          checker: 'C1',
          customerId,
          atMs: row.atMs,
          message: `${row.kind} ${row.broadcastId} became ${row.to} while ${other.kind} ${other.broadcastId} was ${other.to} (audit rows ${other.id} and ${row.id})`,
        });
      }
      active.set(row.broadcastId, row);
    }
  }
  return violations;
}

/** Each thing that snapshots saw, once, with how often and when first. */
export function sightings(
  snapshots: readonly Snapshot[],
  seenIn: (snapshot: Snapshot) => readonly string[],
): { what: string; count: number; firstAtMs: number }[] {
  const all = snapshots.flatMap((snapshot) =>
    [...new Set(seenIn(snapshot))].map((what) => ({ what, atMs: snapshot.atMs })),
  );
  return [...groupBy(all, ({ what }) => what)].map(([what, seen]) => ({
    what,
    count: seen.length,
    firstAtMs: seen.reduce((firstMs, { atMs }) => Math.min(firstMs, atMs), Infinity),
  }));
}
