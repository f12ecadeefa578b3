import type { AuditRow, History, Operation } from '../history/operation.interface.ts';
import type { Checker, Violation } from '../history/violation.interface.ts';
import { groupBy } from './grouping.ts';
import { describeOperation } from './operation.text.ts';
import { unexplainedRows } from './row-origin.ts';
import { checkTrucks } from './truck-count.ts';

/** The statuses of which one is in the history of a broadcast once this was answered with success. */
const LEFT_BEHIND: Readonly<Partial<Record<Operation['action'], readonly string[]>>> = {
  cancel: ['cancelled'],
  accept: ['partially_filled', 'fully_filled'],
  start: ['in_progress'],
  complete: ['completed'],
  dispatched: ['active', 'partially_filled', 'fully_filled'],
};

/** C4: what was acknowledged is stored, what was refused is not, and trucks are exact. */
export const acknowledgementChecker: Checker = (history) => [
  ...lostAcknowledgements(history),
  ...unexplainedRows(history),
  ...checkTrucks(history),
];

function lostAcknowledgements({ operations, rows, audit }: History): Violation[] {
  const rowOf = new Map(rows.map((row) => [row.broadcastId, row]));
  const auditOf = groupBy(audit, ({ broadcastId }) => broadcastId);
  return operations.flatMap((operation) => {
    if (operation.outcome !== 'ok') return [];
    const id = operation.broadcastId;
    const row = id === null ? undefined : rowOf.get(id);
    const fault =
      id === null ? faultOfNameless(operation) : faultOf(operation, row?.customerId, auditOf.get(id) ?? []);
    if (fault === null) return [];
    const { customerId, completedAtMs: atMs } = operation;
    return [
      {
        checker: 'C4',
        customerId,
        atMs,
        message: `${describeOperation(operation)} was acknowledged, but ${fault}`,
      },
    ];
  });
}

function faultOfNameless({ action }: Operation): string | null {
  return action === 'create' ? 'the answer names no broadcast' : null;
}

function faultOf(operation: Operation, owner: string | undefined, audit: readonly AuditRow[]): string | null {
  if (owner === undefined) return 'its row is not there';
  if (owner !== operation.customerId) return `its row belongs to ${owner}`;
  const first = [...audit].sort((a, b) => a.id - b.id)[0];
  if (first?.to !== 'created') return `its history begins with ${first?.to ?? 'nothing'}`;
  const expected = LEFT_BEHIND[operation.action];
  if (!expected || audit.some(({ to }) => expected.includes(to))) return null;
  return `its history has no ${expected.join(' or ')}`;
}
