/** How the customer gets free again. @publicApi */
export interface CancelLink {
  readonly method: 'POST';
  /** Path, without a host. @example '/v1/parcels/0199…/cancel' */
  readonly href: string;
}

/** The broadcast that holds a customer's slot, as it is shown to that customer. @publicApi */
export interface ActiveBroadcast {
  readonly kind: string;
  readonly id: string;
  /** One of its kind; null where the kind declares no life. */
  readonly status: string | null;
  readonly createdAt: Date;
  /** Null where the kind has no deadline. */
  readonly expiresAt: Date | null;
  readonly cancel: CancelLink;
}
