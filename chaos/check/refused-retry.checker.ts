import type { Checker, Violation } from '../history/violation.interface.ts';
import { describeOperation } from './operation.text.ts';
import { attemptsByRequest } from './row-origin.ts';

/**
 * C4, the part about retries (P10): no create with an idempotency key is refused because of the broadcast that was made for it.
 * Effect and answer are kept together, so the retry would have found the answer.
 */
export const refusedRetryChecker: Checker = ({ operations, rows }) => {
  const attempts = attemptsByRequest(operations);
  const requestOf = new Map(rows.map(({ broadcastId, request }) => [broadcastId, request]));
  return operations.flatMap((retry): Violation[] => {
    const { action, request, refusedBy, idempotencyKey, customerId, completedAtMs: atMs } = retry;
    if (action !== 'create' || request === null || refusedBy === null || idempotencyKey === null) return [];
    if (requestOf.get(refusedBy) !== request) return [];
    const message = `${describeOperation(retry)} was refused by the broadcast that ${request} had made, with its own idempotency key ${idempotencyKey}`;
    const marked = attempts.get(request)!.map(({ index }) => index);
    return [{ checker: 'C4', customerId, atMs, message, operations: marked }];
  });
};
