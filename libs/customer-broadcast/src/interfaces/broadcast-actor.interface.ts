/**
 * Who asks another service, as a message carries it. What a role may do is that service's to decide.
 *
 * @publicApi
 */
export interface BroadcastActor {
  /** 1 to 128 visible ASCII characters. Of a customer it is the customer id, as it stands. */
  readonly sub: string;
  /** 1 to 64 visible ASCII characters. @example 'customer' */
  readonly role: string;
}
