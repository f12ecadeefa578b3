import type { ActiveBroadcastView } from '../lifecycle/active-broadcast.view.ts';

/** A problem (RFC 9457) with our `code`, as a service answers with it. @publicApi */
export interface BroadcastProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  /** Of `VALIDATION_FAILED`. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  /** Of `ORDER_ACTIVE_EXISTS`; null while another create is in flight. */
  readonly activeBroadcast?: ActiveBroadcastView | null;
  readonly [member: string]: unknown;
}
