import type { AuditRow, FinalRow, History, Operation } from '../history/operation.interface.ts';
import type { Violation } from '../history/violation.interface.ts';
import { ANSWER_LIMIT_MS } from './check.constants.ts';
import { groupBy } from './grouping.ts';
import { describeOperation } from './operation.text.ts';
import { countUntil } from './sorted.ts';
import { isActive } from './status.ts';

/** A caller gives up after a little more than the limit, and what it asked for may go on for as long again. */
const LONGEST_MS = 3 * ANSWER_LIMIT_MS;

/** A status and the time in which a broadcast may have shown it: from its stamp to the commit of the next step. */
interface Period {
  readonly broadcastId: string;
  readonly status: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** From here on a read shows it as expired, whatever its status. */
  readonly deadlineMs: number;
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The step that an answer claims, by what was asked. */
const CLAIMED: Readonly<Partial<Record<Operation['action'], string>>> = {
  create: 'created',
  cancel: 'cancelled',
  start: 'in_progress',
  complete: 'completed',
};

/**
 * Answers that were never true while they were awaited, by the history of the database: a status that the broadcast did not
 * have then, a holder that had ended, "nothing active" while something was all the time, or a step that had been made before
 * by no request that asked for it. A replay tells of the past, and so is not asked.
 */
export function staleAnswers({ operations, audit, rows }: History, toleranceMs: number): Violation[] {
  const rowOf = new Map(rows.map((row) => [row.broadcastId, row]));
  const auditOf = groupBy(
    [...audit].sort((a, b) => a.id - b.id),
    ({ broadcastId }) => broadcastId,
  );
  const byCustomer = groupBy(
    [...operations].sort((a, b) => a.invokedAtMs - b.invokedAtMs),
    ({ customerId }) => customerId,
  );
  const periodsOf = new Map(
    [...auditOf].map(([id, steps]) => [
      id,
      periods(steps, rowOf.get(id), byCustomer.get(steps[0]!.customerId) ?? []),
    ]),
  );
  const activeOf = groupBy(
    [...auditOf.values()]
      .flatMap((steps) =>
        surelyActive(steps, rowOf.get(steps[0]!.broadcastId), byCustomer.get(steps[0]!.customerId) ?? []),
      )
      .sort((a, b) => a.fromMs - b.fromMs),
    ({ customerId }) => customerId,
  );
  return operations.flatMap((operation) => {
    if (operation.outcome === 'info' || mayBeReplayed(operation)) return [];
    const span = {
      fromMs: operation.invokedAtMs - toleranceMs,
      untilMs: operation.completedAtMs + toleranceMs,
    };
    const fault =
      faultOfStatus(operation, span, periodsOf) ??
      faultOfNothing(operation, span, activeOf.get(operation.customerId) ?? []) ??
      faultOfStep(operation, span, auditOf, byCustomer, toleranceMs);
    if (fault === null) return [];
    const { customerId, completedAtMs: atMs } = operation;
    return [{ checker: 'C9', customerId, atMs, message: `${describeOperation(operation)}: ${fault}` }];
  });
}

function periods(
  steps: readonly AuditRow[],
  row: FinalRow | undefined,
  operations: readonly Operation[],
): Period[] {
  return steps.map(({ broadcastId, to, atMs }, index) => ({
    broadcastId,
    status: to,
    fromMs: atMs,
    untilMs: committedBy(steps[index + 1], operations),
    deadlineMs: row?.expiresAtMs ?? Infinity,
  }));
}

/**
 * When others can see a step at the latest: it is stamped by its statement, and committed before the request that made it is
 * answered, which may do more in the same transaction. One that got no answer, or a 503, may go on for as long again.
 */
function committedBy(step: AuditRow | undefined, operations: readonly Operation[]): number {
  if (!step) return Infinity;
  const { by, atMs } = step;
  // What no client asked for commits unseen: a slow disk may take seconds.
  let lastMs = by.includes(':') ? atMs + ANSWER_LIMIT_MS : atMs;
  // In the order of invocation: none that began after the step, and none that began too long before it.
  for (let index = countUntil(operations, ({ invokedAtMs }) => invokedAtMs, atMs) - 1; index >= 0; index--) {
    const { actorId, invokedAtMs, completedAtMs, outcome } = operations[index]!;
    if (invokedAtMs < atMs - LONGEST_MS) break;
    const endMs = completedAtMs + lasting(outcome);
    if (actorId === by) lastMs = Math.max(lastMs, endMs);
  }
  return lastMs;
}

function lasting(outcome: Operation['outcome']): number {
  return outcome === 'info' ? ANSWER_LIMIT_MS : 0;
}

/** When every reader sees a broadcast as active: from the commit of its creation at the latest, to the stamp of its end. */
function surelyActive(
  steps: readonly AuditRow[],
  row: FinalRow | undefined,
  operations: readonly Operation[],
): (Span & { customerId: string; broadcastId: string })[] {
  const [first] = steps;
  if (!first || !isActive(first.to)) return [];
  const { broadcastId, customerId } = first;
  const endMs = steps.find(({ to }) => !isActive(to))?.atMs ?? Infinity;
  const span = {
    fromMs: committedBy(first, operations),
    untilMs: Math.min(endMs, row?.expiresAtMs ?? Infinity),
  };
  return span.fromMs < span.untilMs ? [{ customerId, broadcastId, ...span }] : [];
}

function faultOfStatus(
  { refusedBy, broadcastId, broadcastStatus, outcome }: Operation,
  span: Span,
  periodsOf: ReadonlyMap<string, readonly Period[]>,
): string | null {
  const id = refusedBy ?? (outcome === 'ok' && broadcastStatus !== null ? broadcastId : null);
  if (id === null) return null;
  const during = (periodsOf.get(id) ?? []).filter(
    ({ fromMs, untilMs }) => fromMs <= span.untilMs && untilMs >= span.fromMs,
  );
  const isTrue = during.some(({ status, deadlineMs }) => {
    if (refusedBy !== null) return isActive(status);
    // An overdue broadcast is shown as expired before it is.
    return (
      status === broadcastStatus ||
      (broadcastStatus === 'expired' && isActive(status) && deadlineMs <= span.untilMs)
    );
  });
  if (isTrue) return null;
  const seen = during.map(({ status }) => status).join(', ') || 'not there';
  return `${id} was ${seen} all the while, by the database`;
}

function faultOfNothing(
  { action, outcome, broadcastId, completedAtMs, invokedAtMs }: Operation,
  span: Span,
  active: readonly (Span & { broadcastId: string })[],
): string | null {
  if (action !== 'find-active' || outcome !== 'ok' || broadcastId !== null) return null;
  const margin = span.untilMs - completedAtMs;
  const begun = countUntil(active, ({ fromMs }) => fromMs, invokedAtMs - margin);
  const last = active[begun - 1]; // of several at once, C1 tells
  const holder = last && last.untilMs > completedAtMs + margin ? last : null;
  return holder ? `${holder.broadcastId} was active all the while, by the database` : null;
}

function faultOfStep(
  operation: Operation,
  span: Span,
  auditOf: ReadonlyMap<string, readonly AuditRow[]>,
  byCustomer: ReadonlyMap<string, readonly Operation[]>,
  toleranceMs: number,
): string | null {
  const { action, outcome, broadcastId } = operation;
  const claimed = CLAIMED[action];
  if (outcome !== 'ok' || broadcastId === null || claimed === undefined) return null;
  const step = auditOf.get(broadcastId)?.find(({ to }) => to === claimed);
  if (!step || step.by.startsWith('sql:')) return null; // C4 says so; an administrator needs no request
  if (step.atMs > span.untilMs) {
    return `it became ${claimed} ${Math.round(step.atMs - operation.completedAtMs)} ms after the answer`;
  }
  if (step.atMs >= span.fromMs) return null;
  const mayHaveMade = (other: Operation): boolean => {
    if (other === operation || other.outcome === 'fail' || other.invokedAtMs > step.atMs + toleranceMs)
      return false;
    if (other.outcome === 'ok' && other.completedAtMs < step.atMs - toleranceMs) return false;
    if (claimed === 'cancelled' && other.action === 'create' && other.onActive === 'replace') return true;
    if (other.action !== action) return false;
    return other.broadcastId === broadcastId || (action === 'create' && other.broadcastId === null);
  };
  const isRead = action === 'create' && (operation.onActive === 'return' || operation.transport === 'rpc');
  if (isRead || byCustomer.get(operation.customerId)?.some(mayHaveMade)) return null;
  return `it had become ${claimed} ${Math.round(operation.invokedAtMs - step.atMs)} ms before it was asked for, by nobody who asked`;
}

/** A first answer that is given again is true of its time. Over RPC nothing says that it is one. */
function mayBeReplayed({ replayed, transport, idempotencyKey }: Operation): boolean {
  return replayed || (transport === 'rpc' && idempotencyKey !== null);
}
