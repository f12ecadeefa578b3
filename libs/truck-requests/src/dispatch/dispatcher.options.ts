/** Where the embedded dispatcher finds its options. */
export const DISPATCHER_OPTIONS = Symbol('truck-requests:dispatcher-options');

/** How requests for trucks are dispatched. */
export interface DispatcherOptions {
  /** False: a dispatcher elsewhere reports over `dispatched`, or this process is a one-off command. */
  readonly embedded: boolean;
}

/** By whom the history says that a request was dispatched. */
export const EMBEDDED_DISPATCHER = 'system:embedded-dispatcher';
