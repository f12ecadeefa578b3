import type { History } from '../history/operation.interface.ts';
import type { Checker } from '../history/violation.interface.ts';
import { LOCK_TTL_MS } from './check.constants.ts';
import { groupBy } from './grouping.ts';

/** How soon a customer whose slot is free can create again once everything is healthy. */
const RECOVERY_LIMIT_MS = 2000;

/**
 * C8: after healing every customer who was asked to could create again, and soon. A customer who asked for a create without a
 * known end may first have to wait for the lock of a process that was killed with it (P6).
 */
export const livenessChecker: Checker = (history) => {
  const { probes, healedAtMs } = history;
  const limitOf = limits(history);
  return probes.flatMap(({ customerId, status, waitedMs }) => {
    const limitMs = limitOf(customerId);
    if (status === 201 && waitedMs <= limitMs) return [];
    const message =
      status === 201
        ? `${customerId} could create again only after ${Math.round(waitedMs)} ms, more than ${Math.round(limitMs)} ms`
        : `${customerId} could not create after healing: ${status} after ${Math.round(waitedMs)} ms`;
    return [{ checker: 'C8', customerId, atMs: healedAtMs, message }];
  });
};

/** Probes begin after healing, so what is left of a lock then is more than they can meet. */
function limits({ operations, healedAtMs }: History): (customerId: string) => number {
  const unsure = groupBy(
    operations.filter(({ action, outcome }) => action === 'create' && outcome === 'info'),
    ({ customerId }) => customerId,
  );
  return (customerId) => {
    const ends = (unsure.get(customerId) ?? []).map(({ completedAtMs }) => completedAtMs);
    const lockLeftMs = Math.max(...ends, -Infinity) + LOCK_TTL_MS - healedAtMs;
    return RECOVERY_LIMIT_MS + Math.max(0, lockLeftMs);
  };
}
