import type { Operation } from '../history/operation.interface.ts';

/** One operation in few words, for a message. @example '#12 create -> b1 (ok, 10 to 25 ms)' */
export function describeOperation(operation: Operation): string {
  const { index, action, onActive, broadcastId, refusedBy, code, outcome, replayed } = operation;
  const asked = onActive !== null && onActive !== 'reject' ? `${action} (${onActive})` : action;
  const told = [
    broadcastId === null ? null : `-> ${broadcastId}`,
    operation.broadcastStatus,
    code,
    refusedBy === null ? null : `by ${refusedBy}`,
    action === 'find-active' && outcome === 'ok' && broadcastId === null ? '-> nothing' : null,
  ].filter((part) => part !== null);
  const end = replayed ? `${outcome}, replayed` : outcome;
  const from = Math.round(operation.invokedAtMs);
  return `#${index} ${[asked, ...told].join(' ')} (${end}, ${from} to ${Math.round(operation.completedAtMs)} ms)`;
}
