/** One way to let a customer have only one, as a library: no HTTP, no validation, the same row inserted by all. */
export interface Peer {
  /** @throws when the customer has one already, or it cannot be told */
  create(customerId: string): Promise<void>;
  stop(): Promise<void>;
}

/** What the process of a peer is asked to do: creates of fresh customers, so many at once, for so long. */
export interface PeerTurn {
  readonly prefix: string;
  readonly atOnce: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Creates a second after the warm-up, or what went wrong. */
export type PeerReply = { readonly perSecond: number } | { readonly error: string };
