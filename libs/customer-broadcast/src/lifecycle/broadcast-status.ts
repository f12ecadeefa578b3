/**
 * The one definition of statuses and transitions. The database holds a copy of the active set in the generated column
 * `active_customer_id`; a test compares the two.
 */

/** Statuses in which a broadcast is on the air and holds its customer's slot. @publicApi */
export const ACTIVE_STATUSES = ['created', 'broadcasting', 'active', 'partially_filled'] as const;

/** Statuses in which the slot is free; a broadcast that is in one never takes the slot again. @publicApi */
export const TERMINAL_STATUSES = [
  'fully_filled',
  'in_progress',
  'completed',
  'cancelled',
  'expired',
] as const;

/** All statuses, the active ones first. @publicApi */
export const BROADCAST_STATUSES = [...ACTIVE_STATUSES, ...TERMINAL_STATUSES] as const;

/** A status in which the slot is taken. @publicApi */
export type ActiveStatus = (typeof ACTIVE_STATUSES)[number];

/** A status of a broadcast. @publicApi */
export type BroadcastStatus = (typeof BROADCAST_STATUSES)[number];

/**
 * From which statuses a status may be entered. `partially_filled` and `fully_filled` may follow any active status,
 * because a transporter can accept before the dispatcher has reported.
 */
export const ENTERED_FROM: Readonly<Record<Exclude<BroadcastStatus, 'created'>, readonly BroadcastStatus[]>> =
  {
    broadcasting: ['created'],
    active: ['created', 'broadcasting'],
    partially_filled: ['created', 'broadcasting', 'active'],
    fully_filled: ACTIVE_STATUSES,
    in_progress: ['fully_filled'],
    completed: ['in_progress'],
    cancelled: [...ACTIVE_STATUSES, 'fully_filled'],
    expired: ACTIVE_STATUSES,
  };

/** Whether a broadcast in this status holds its customer's slot. @publicApi */
export function isActiveStatus(status: BroadcastStatus): status is ActiveStatus {
  return (ACTIVE_STATUSES as readonly BroadcastStatus[]).includes(status);
}

/** Whether the life of a broadcast allows the step `from` to `to`. @publicApi */
export function isLegalTransition(from: BroadcastStatus | null, to: BroadcastStatus): boolean {
  if (from === null || to === 'created') return from === null && to === 'created';
  return ENTERED_FROM[to].includes(from);
}
