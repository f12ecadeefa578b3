import { KIND_NAME } from '../customer-broadcast.constants.ts';

/** The fields of an event that the listener uses. */
export interface ParsedBroadcastEvent {
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const CUSTOMER = /^[!-~]{1,128}$/;

/** @returns null for anything that is not an event of ours: it is acknowledged, for nothing can be done about it */
export function parseBroadcastEvent(payload: unknown): ParsedBroadcastEvent | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const { kind, broadcastId, customerId } = payload as Record<string, unknown>;
  if (typeof kind !== 'string' || typeof broadcastId !== 'string' || typeof customerId !== 'string')
    return null;
  if (!KIND_NAME.test(kind) || !UUID.test(broadcastId) || !CUSTOMER.test(customerId)) return null;
  return { kind, broadcastId, customerId };
}
