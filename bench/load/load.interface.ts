/** What the load process is asked to do, once for each turn. */
export interface LoadTurn {
  readonly url: string;
  readonly path: string;
  readonly body: string;
  readonly secret: string;
  /** Names are `<prefix>-<n>`, each customer once; with `oneCustomer` the prefix itself, in every request. */
  readonly customerPrefix: string;
  readonly oneCustomer: boolean;
  /** A part of the requests, 0 to 1, is of these customers instead, one after the other. @default none */
  readonly again?: { readonly part: number; readonly customers: readonly string[] };
  /** How many requests are under way at most. */
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Requests that are due in a second; null: each connection asks again as soon as it has an answer. */
  readonly ratePerSecond: number | null;
  /** Customers whose tokens are signed before the turn; more are signed as they are needed. */
  readonly expectedRequests: number;
}

/** What was measured after the warm-up. */
export interface LoadResult {
  /** Answers in a second. */
  readonly perSecond: number;
  /** From when a request was due, milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How often each status was answered, the warm-up included. */
  readonly statuses: Readonly<Record<string, number>>;
}

export type LoadReply =
  { readonly done: true; readonly result: LoadResult } | { readonly done: false; readonly error: string };
