import { TRUCK_LIFE } from '@app/truck-requests';

import type { AuditRow, FinalRow, History } from '../history/operation.interface.ts';
import type { Checker, Violation } from '../history/violation.interface.ts';
import { CLOCK_TOLERANCE_MS } from './check.constants.ts';
import { groupBy } from './grouping.ts';
import { madeBySql } from './row-origin.ts';
import { staleAnswers } from './stale-answers.ts';
import { isActive, parseStatus } from './status.ts';

/**
 * C9: the history of each broadcast is a chain of legal steps that ends in the status of its row, none expired early, and
 * every answer was true at some moment between its request and its end.
 *
 * @param toleranceMs how far the database's instants may be off on the run's clock
 */
export function stateMachineChecker(toleranceMs = CLOCK_TOLERANCE_MS): Checker {
  return (history) => [...brokenChains(history, toleranceMs), ...staleAnswers(history, toleranceMs)];
}

function brokenChains(history: History, toleranceMs: number): Violation[] {
  const { audit, rows } = history;
  const bySql = madeBySql(history);
  const rowOf = new Map(rows.map((row) => [row.broadcastId, row]));
  const auditOf = groupBy(
    [...audit].sort((a, b) => a.id - b.id),
    ({ broadcastId }) => broadcastId,
  );
  const violations: Violation[] = [];
  const blame = (customerId: string, atMs: number | null, message: string): void => {
    violations.push({ checker: 'C9', customerId, atMs, message });
  };
  for (const [id, steps] of auditOf) {
    const row = rowOf.get(id);
    for (const [index, step] of steps.entries()) {
      const fault = faultOf(step, steps[index - 1], row, toleranceMs);
      // An administrator may insert a broadcast in any active status.
      const isFirstBySql = step.from === null && bySql.has(id) && isActive(step.to);
      if (fault !== null && !isFirstBySql)
        blame(step.customerId, step.atMs, `audit row ${step.id} of ${step.kind} ${id}: ${fault}`);
    }
    const last = steps.at(-1)!;
    if (row && row.status !== last.to) {
      blame(
        row.customerId,
        last.atMs,
        `${row.kind} ${id} is ${row.status}, but its history ends with ${last.to}`,
      );
    }
    if (!row) blame(last.customerId, last.atMs, `${last.kind} ${id} has a history but no row`);
  }
  for (const row of rows) {
    if (!auditOf.has(row.broadcastId)) {
      blame(row.customerId, null, `${row.kind} ${row.broadcastId} has no history`);
    }
  }
  return violations;
}

function faultOf(
  step: AuditRow,
  before: AuditRow | undefined,
  row: FinalRow | undefined,
  toleranceMs: number,
): string | null {
  const follows = before?.to ?? null;
  if (step.from !== follows) return `it goes on from ${step.from}, and the step before led to ${follows}`;
  const from = step.from === null ? null : parseStatus(step.from);
  const to = parseStatus(step.to);
  if (to === null || (step.from !== null && from === null) || !TRUCK_LIFE.allows(from, to)) {
    return `${step.from} to ${step.to} is not allowed`;
  }
  if (before && step.atMs < before.atMs)
    return `it is dated ${before.atMs - step.atMs} ms before the one before`;
  if (row && row.customerId !== step.customerId)
    return `it names ${step.customerId}, the row ${row.customerId}`;
  if (row && step.to === 'expired' && step.atMs < row.expiresAtMs - toleranceMs) {
    return `expired ${Math.round(row.expiresAtMs - step.atMs)} ms before its deadline`;
  }
  return null;
}
