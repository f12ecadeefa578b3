/** What a client tried. */
export type Action =
  'create' | 'cancel' | 'accept' | 'start' | 'complete' | 'dispatched' | 'find-active' | 'get';

/**
 * How an operation ended for the client that asked.
 *
 * - `ok`: a success was received: it took effect, or had before (a replay, a repeated cancel).
 * - `fail`: a refusal was received: it had no effect.
 * - `info`: nothing is known: no answer, a 5xx, a broken connection. It may have taken effect, or still will.
 *
 * @see https://github.com/jepsen-io/knossos
 */
export type Outcome = 'ok' | 'fail' | 'info';

/** One request and its end, as the client saw it. Times are milliseconds of one monotonic clock for the whole run. */
export interface Operation {
  /** Unique in the run, in the order of invocation. */
  readonly index: number;
  readonly worker: number;
  readonly transport: 'http' | 'rpc';
  /** The process that was asked, named as in `FaultRecord.target`; null over RPC, where any replica may take it. */
  readonly sentTo: string | null;
  readonly action: Action;
  /** Whose slot it is about. */
  readonly customerId: string;
  readonly kind: string;
  /** Who asked. */
  readonly actorId: string;
  /** The broadcast it was about; of a create, the one that the answer named. Null when no answer named one. */
  readonly broadcastId: string | null;
  readonly idempotencyKey: string | null;
  /** Of a create: what it was an attempt at, the same for all that repeat it. The row that it makes names it. */
  readonly request: string | null;
  readonly onActive: 'reject' | 'return' | 'replace' | null;
  /** Trucks asked for (create) or offered (accept). */
  readonly trucks: number | null;
  readonly invokedAtMs: number;
  /** When it was due: with an open-loop rate a stall delays the invocation too, and latency counts from here. */
  readonly dueAtMs: number;
  readonly completedAtMs: number;
  readonly outcome: Outcome;
  /** HTTP status, or that of the problem over RPC; null without an answer. */
  readonly status: number | null;
  /** Of a problem. */
  readonly code: string | null;
  /** The status of the broadcast in the answer. */
  readonly broadcastStatus: string | null;
  readonly trucksFilled: number | null;
  /** Of a 409 `ORDER_ACTIVE_EXISTS`: the id that it named, null while a create was in flight. */
  readonly refusedBy: string | null;
  readonly replayed: boolean;
}

/** A fault as it was applied. */
export interface FaultRecord {
  readonly fault: string;
  readonly target: string;
  readonly startedAtMs: number;
  /** When it was undone; what it broke may take longer to come back. */
  readonly endedAtMs: number;
}

/** A row of the history that the database keeps, in the order of its ids. `atMs` is on the run's clock. */
export interface AuditRow {
  readonly id: number;
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
  readonly from: string | null;
  readonly to: string;
  readonly atMs: number;
  readonly by: string;
}

/** A broadcast as its table has it at the end of the run. */
export interface FinalRow {
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
  readonly status: string;
  /** The create that made it, as its client numbers them; null when it names none. */
  readonly request: string | null;
  readonly trucksNeeded: number;
  readonly trucksFilled: number;
  /** On the run's clock. */
  readonly expiresAtMs: number;
}

/** An event of the outbox at the end of the run. */
export interface OutboxEntry {
  readonly id: number;
  /** As listeners see it. */
  readonly eventId?: string;
  readonly type: 'opened' | 'terminal';
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
  readonly status: string;
  readonly delivered: boolean;
}

/** What one look at both tables and the slots saw, in one snapshot. */
export interface Snapshot {
  readonly atMs: number;
  /** Customers with two or more active rows. */
  readonly doubles: readonly string[];
  /** Slots without an active row, and active rows without a slot. */
  readonly drift: readonly string[];
}

/** Everything that the checkers look at. */
export interface History {
  readonly seed: number;
  readonly operations: readonly Operation[];
  readonly faults: readonly FaultRecord[];
  readonly snapshots: readonly Snapshot[];
  readonly audit: readonly AuditRow[];
  readonly rows: readonly FinalRow[];
  readonly outbox: readonly OutboxEntry[];
  /** Ids of the events that a listener has reported before it replied; absent when the run did not ask for reports. */
  readonly heard?: readonly string[];
  /** After healing and quiet: customer to the value of the key, `kind:id`. */
  readonly keys: Readonly<Record<string, string>>;
  /** After healing: what became of a create for each customer that was asked to make one; 201 is as it should be. */
  readonly probes: readonly {
    readonly customerId: string;
    readonly status: number;
    readonly waitedMs: number;
  }[];
  /** When every fault was undone, on the run's clock. */
  readonly healedAtMs: number;
  /** When those who send, read and answer got no turn; absent in histories of before it was noted. */
  readonly stalls?: readonly Stall[];
}

/** A process that wanted to run and did not. On the run's clock. */
export interface Stall {
  /** The replica, named as in `FaultRecord.target`; null or absent: the one that sends and reads. */
  readonly process?: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
}
