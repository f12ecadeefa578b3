import type { History, Operation } from '../history/operation.interface.ts';
import type { Checker, Violation } from '../history/violation.interface.ts';
import { ANSWER_LIMIT_MS, CLOCK_TOLERANCE_MS, LOCK_TTL_MS } from './check.constants.ts';
import { groupBy } from './grouping.ts';
import { scopeOf } from './idempotency-scope.ts';
import { describeOperation } from './operation.text.ts';
import { saysItCreated } from './row-origin.ts';

/** They stop a request half-way, for as long as its lock lives or a little longer; it then goes on. */
const HOLDS_UP = /^(service-pause|late-insert)/;

/**
 * C4, the part about retries (P10): no create is refused because of the broadcast that an earlier attempt with its own
 * idempotency key has made. Effect and answer are kept together, so the retry would have found the answer.
 *
 * An attempt is taken for the maker when its answer says so, or when it had no answer and nobody else can have been it.
 */
export const refusedRetryChecker: Checker = (history) => {
  const creates = history.operations.filter(({ action }) => action === 'create');
  const byCustomer = groupBy(creates, ({ customerId }) => customerId);
  const madeAt = new Map(
    history.audit
      .filter(({ from, by, customerId }) => from === null && by === customerId)
      .map(({ broadcastId, kind, atMs }) => [broadcastId, { kind, atMs }]),
  );
  const holdUps = history.faults.filter(({ fault }) => HOLDS_UP.test(fault));
  return creates.flatMap((retry): Violation[] => {
    const made = retry.refusedBy === null ? undefined : madeAt.get(retry.refusedBy);
    if (!made || scopeOf(retry) === null) return [];
    const makers = (byCustomer.get(retry.customerId) ?? []).filter((other) =>
      mayHaveMade(other, retry.refusedBy, made, holdUps),
    );
    // Over Redis the answer to `return` does not say whether the broadcast is new.
    const sure = makers.filter((maker) => saysItCreated(maker) && maker.onActive !== 'return');
    const own = (sure.length > 0 ? sure : makers).every((other) => scopeOf(other) === scopeOf(retry));
    const [first] = makers;
    if (!first || !own) return [];
    const { customerId, completedAtMs: atMs } = retry;
    const message = `${describeOperation(retry)} was refused by the broadcast that ${describeOperation(first)} with the same idempotency key ${retry.idempotencyKey} had made`;
    return [{ checker: 'C4', customerId, atMs, message, operations: [first.index, retry.index] }];
  });
};

/**
 * An `ok` has to name it; what had no answer may have made it as long as it may have been going on. What was held up goes on
 * with what it had been asked before.
 */
function mayHaveMade(
  operation: Operation,
  id: string | null,
  made: Pick<History['audit'][number], 'kind' | 'atMs'>,
  holdUps: History['faults'],
): boolean {
  const { outcome, broadcastId, kind, invokedAtMs, completedAtMs } = operation;
  if (outcome === 'ok') return broadcastId === id && saysItCreated(operation);
  const overAtMs = completedAtMs + ANSWER_LIMIT_MS;
  const heldUpUntilMs = holdUps
    .filter(({ startedAtMs, endedAtMs }) => startedAtMs <= overAtMs && endedAtMs >= invokedAtMs)
    .map(({ endedAtMs }) => endedAtMs + LOCK_TTL_MS + ANSWER_LIMIT_MS);
  return (
    outcome === 'info' &&
    kind === made.kind &&
    invokedAtMs <= made.atMs + CLOCK_TOLERANCE_MS &&
    Math.max(overAtMs, ...heldUpUntilMs) >= made.atMs - CLOCK_TOLERANCE_MS
  );
}
