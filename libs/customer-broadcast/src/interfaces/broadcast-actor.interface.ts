/** The roles that the library knows; a role beyond them may do nothing. @publicApi */
export const BROADCAST_ROLES = ['customer', 'transporter', 'dispatcher', 'operator'] as const;

/** One of them. @publicApi */
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
