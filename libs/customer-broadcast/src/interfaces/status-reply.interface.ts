/** The part of a reply that both of Nest's HTTP adapters have. */
export interface StatusReply {
  status(code: number): unknown;
}
