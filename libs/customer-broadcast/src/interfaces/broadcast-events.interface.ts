/**
 * What every event carries. It comes at least once, those of one broadcast in sequence; `eventId` is the same each time.
 *
 * @publicApi
 */
export interface BroadcastEvent {
  readonly eventId: string;
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
  /** The status that was entered. */
  readonly status: string;
  /** ISO 8601, UTC, the database's clock. */
  readonly occurredAt: string;
}

/** A broadcast took its customer's slot. @publicApi */
export const BROADCAST_OPENED = 'customer-broadcast.opened';

/** A broadcast gave its customer's slot back. One per broadcast. @publicApi */
export const BROADCAST_TERMINAL = 'customer-broadcast.terminal';

/** All events, by the channel that they come on. @publicApi */
export interface BroadcastEventMap {
  readonly [BROADCAST_OPENED]: BroadcastEvent;
  readonly [BROADCAST_TERMINAL]: BroadcastEvent;
}
