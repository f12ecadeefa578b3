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

/** What a turn has done. */
export interface PeerResult {
  /** Creates a second, after the warm-up. */
  readonly perSecond: number;
  /** Those of the warm-up too. */
  readonly creates: number;
}

/** Or what went wrong. */
export type PeerReply = PeerResult | { readonly error: string };
