import * as messages from '../client/customer-broadcast-client.messages.ts';
import type { ActiveBroadcastView } from '../lifecycle/active-broadcast.view.ts';
import type { BroadcastProblem } from '../interfaces/broadcast-problem.interface.ts';

/** One call of a {@link CustomerBroadcastClient}, as its exceptions show it. @publicApi */
export interface BroadcastCall {
  /** @example 'parcel.create' */
  readonly pattern: string;
  /** Undefined for a call that only reads. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * A call of a {@link CustomerBroadcastClient} had no result. As the library's other exceptions it has `code`, `message` and
 * `details`, by which a problem filter can pass it on; `status` and `title` are there because the code may be one that only
 * the other service knows.
 *
 * @publicApi
 */
export abstract class BroadcastCallException extends Error {
  /** HTTP status. */
  abstract readonly status: number;
  abstract readonly title: string;
  abstract readonly code: string;
  /** Members of the answer beside the standard ones. */
  readonly details: Readonly<Record<string, unknown>> = {};
  readonly pattern: string;
  /** Repeat the call with it to repeat safely; undefined for a call that only reads. */
  readonly idempotencyKey: string | undefined;

  protected constructor({ pattern, idempotencyKey }: BroadcastCall, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.pattern = pattern;
    this.idempotencyKey = idempotencyKey;
  }
}

/** The service has answered with a problem: it refused, or could not carry the request out. @publicApi */
export class BroadcastRefusedException extends BroadcastCallException {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  override readonly details: Readonly<Record<string, unknown>>;
  /** With `ORDER_ACTIVE_EXISTS`: what is in the way, null while another create is in flight. */
  readonly activeBroadcast?: ActiveBroadcastView | null;

  constructor(
    call: BroadcastCall,
    /** As it was received. */
    readonly problem: BroadcastProblem,
  ) {
    super(call, problem.detail);
    const { type: _type, title, status, detail, instance: _instance, code, ...details } = problem;
    Object.assign(this, { title, status, detail, code, details });
    if (problem.activeBroadcast !== undefined) this.activeBroadcast = problem.activeBroadcast;
  }
}

/**
 * The request was sent and no answer came in time. Whether it was carried out is unknown. To repeat it with the same
 * `idempotencyKey` is safe.
 *
 * @publicApi
 */
export class BroadcastOutcomeUnknownException extends BroadcastCallException {
  readonly status = 503;
  readonly code = 'DEPENDENCY_UNAVAILABLE';
  readonly title = messages.UNKNOWN_TITLE;

  /** @param attempts how often it was sent, 1 or more */
  constructor(
    call: BroadcastCall,
    readonly attempts: number,
    options?: ErrorOptions,
  ) {
    super(call, messages.OUTCOME_UNKNOWN_TEXT(call.pattern, attempts, call.idempotencyKey), options);
  }
}

/** There is no connection to Redis. Nothing was sent; the client goes on connecting by itself. @publicApi */
export class BroadcastNotSentException extends BroadcastCallException {
  readonly status = 503;
  readonly code = 'DEPENDENCY_UNAVAILABLE';
  readonly title = messages.UNKNOWN_TITLE;

  constructor(call: BroadcastCall, reason: string, options?: ErrorOptions) {
    super(call, messages.NOT_SENT_TEXT(call.pattern, reason), options);
  }
}
