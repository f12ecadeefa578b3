import type { Checker } from '../history/violation.interface.ts';
import { groupBy } from './grouping.ts';
import { scopeOf } from './idempotency-scope.ts';
import { describeOperation } from './operation.text.ts';

/**
 * C4, the part about keys (P10): all successes with one idempotency key name one broadcast. That a key made one row at most
 * is seen where each row is traced to its create.
 *
 * Only creates: the key of another step belongs to the broadcast that is named in the request.
 */
export const idempotencyChecker: Checker = ({ operations }) => {
  const answered = operations.filter(
    ({ action, outcome, idempotencyKey }) =>
      action === 'create' && outcome === 'ok' && idempotencyKey !== null,
  );
  return [...groupBy(answered, scopeOf).values()].flatMap((same) => {
    const [first] = same;
    const other = same.find(({ broadcastId }) => broadcastId !== first?.broadcastId);
    if (!first || !other) return [];
    const message = `${describeOperation(first)} and ${describeOperation(other)} had the same idempotency key ${first.idempotencyKey}, and name two broadcasts`;
    return [{ checker: 'C4', customerId: first.customerId, atMs: other.completedAtMs, message }];
  });
};
