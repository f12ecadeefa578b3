/** @publicApi */
export const BROADCAST_ROLES = ['customer', 'transporter', 'dispatcher', 'operator'] as const;

/** @publicApi */
export type BroadcastRole = (typeof BROADCAST_ROLES)[number];

/**
 * Who asks. The host application authenticates; the library only trusts what `actor` of its options returns.
 *
 * @publicApi
 */
export interface BroadcastActor {
  /** 1 to 128 visible ASCII characters. Of a customer it is the customer id, as it stands. */
  readonly sub: string;
  readonly role: BroadcastRole;
}
