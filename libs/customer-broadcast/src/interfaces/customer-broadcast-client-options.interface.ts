/** How a {@link CustomerBroadcastClient} waits for its answers. @publicApi */
export interface CustomerBroadcastClientOptions {
  /** How long one attempt may take, connecting included, milliseconds, 1 to 2_147_483_647. @default 5000 */
  readonly timeoutMs?: number;
  /**
   * Further attempts after one that was not answered, each a new message with the same idempotency key, 0 to 10. A call takes
   * `timeoutMs` for each attempt at most. @default 1
   */
  readonly retries?: number;
}

/** What a call that changes something may be given. @publicApi */
export interface BroadcastCallOptions {
  /**
   * 1 to 255 printable ASCII characters: the same key for every attempt at the same thing. @default a new UUID for each
   * call, which the exceptions of the call show
   */
  readonly idempotencyKey?: string;
}

/** What a cancel may be given. @publicApi */
export interface CancelCallOptions extends BroadcastCallOptions {
  /** 1 to 500 characters; kept in the history. */
  readonly reason?: string;
}

/** What a step of the kind's own may be given. @publicApi */
export interface StepCallOptions extends BroadcastCallOptions {
  /** The body that HTTP has. @default {} */
  readonly body?: object;
}

/** Of a create. @publicApi */
export interface CreateCallOptions extends BroadcastCallOptions {
  /** What is to become of a broadcast that is active, where the service lets the request choose. @default the service's */
  readonly onActive?: 'reject' | 'replace';
}
