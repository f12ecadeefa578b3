import { TRUCK_LIFE, type TruckStatus } from '@app/truck-requests';

/** Null for a text that is no status at all. */
export function parseStatus(text: string): TruckStatus | null {
  return TRUCK_LIFE.statuses.find((status) => status === text) ?? null;
}

/** Whether a broadcast in this status holds its customer's slot. */
export function isActive(text: string | null): boolean {
  return text !== null && TRUCK_LIFE.isActive(text);
}
