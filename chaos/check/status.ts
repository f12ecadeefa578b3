import { type BroadcastStatus, BROADCAST_STATUSES, isActiveStatus } from '@app/customer-broadcast';

/** Null for a text that is no status at all. */
export function parseStatus(text: string): BroadcastStatus | null {
  return BROADCAST_STATUSES.find((status) => status === text) ?? null;
}

/** Whether a broadcast in this status holds its customer's slot. */
export function isActive(text: string | null): boolean {
  const status = text === null ? null : parseStatus(text);
  return status !== null && isActiveStatus(status);
}
