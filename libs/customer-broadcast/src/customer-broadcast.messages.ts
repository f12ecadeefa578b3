/** Every text of the library, as functions, so that tests compare with them and not with copies. */

export const ACTIVE_EXISTS_TEXT = 'Request already in progress. Cancel it first.';

export const NOT_FOUND_TEXT = (kind: string, id: string): string => `There is no ${kind} '${id}'.`;

export const INVALID_TRANSITION_TEXT = (kind: string, id: string, status: string, wanted: string): string =>
  `The ${kind} '${id}' is ${status} and cannot become ${wanted}.`;

export const OVERDUE_TEXT = (kind: string, id: string): string =>
  `The deadline of the ${kind} '${id}' has passed.`;

export const CUSTOMER_ID_TEXT = (value: unknown): string =>
  `The customer id is ${shown(value)}: the option 'customer' returns 1 to 128 visible ASCII characters, no Promise and nothing empty.`;

export const UNKNOWN_CONTEXT_TEXT = (type: string): string =>
  `A request of the type '${type}' cannot be read: @SingleActiveBroadcast and @Idempotent work over HTTP, RPC, GraphQL and WebSockets.`;

export const GUARD_OUT_OF_REACH_TEXT = (host: string, method: string): string =>
  `@SingleActiveBroadcast on ${host}.${method} would do nothing, as no transport calls that method: Nest runs guards around the routes, messages and fields of controllers, resolvers and gateways. Move the decorator to the handler that takes the request; in the processor of a queue or a timer call BroadcastLifecycleService.open, which the slot guards.`;

export const GATEWAY_WITHOUT_FILTER_TEXT = (host: string): string =>
  `${host} has a handler with @SingleActiveBroadcast and no filter: its refusals would be 'Internal server error', as Nest applies no filter of the application to gateways. Put @UseFilters(CustomerBroadcastFilter) on it, or a filter of your own.`;

export const EVENT_ID_TEXT = (value: string): string =>
  `The event id ${JSON.stringify(value.slice(0, 40))} is none of ours: send the id of the last event as it came, or leave the header out and begin with what happens now.`;

export const FUTURE_EVENT_ID_TEXT = (value: string): string =>
  `The event id ${JSON.stringify(value.slice(0, 40))} is ahead of the history: leave the header out and begin with what happens now.`;

export const LIVE_START_TEXT = (limitMs: number): string =>
  `Postgres did not say within ${limitMs} ms where the history stands, so the stream has no beginning.`;
export const CURSOR_TEXT = 'cursor names no place in this list; use nextCursor of the page before';

export const STATUS_TEXT = (known: readonly string[]): string =>
  `status must be one of ${known.join(', ')}, or left out`;

export const DUPLICATE_KIND_TEXT = (name: string): string =>
  `The kind '${name}' is registered twice. Call CustomerBroadcastModule.forFeature once for each kind.`;

export const UNKNOWN_KIND_TEXT = (name: string): string =>
  `The kind '${name}' is not registered. Import CustomerBroadcastModule.forFeature({ name: '${name}', … }).`;

export const NO_BROADCAST_TEXT = (kind: string): string =>
  `The guarded handler of '${kind}' returned no { id, expiresAt }, so the key could not be set. Return the broadcast.`;

export const OPTION_TEXT = (
  option: string,
  value: unknown,
  remedy: string,
  module = 'CustomerBroadcastModule',
): string => `${module}: '${option}' is ${shown(value)}; ${remedy}`;

export const UNKNOWN_OPTION_TEXT = (
  module: string,
  option: string,
  meant: string | null,
  known: readonly string[],
): string => {
  const remedy = meant ? `did you mean '${meant}'?` : `it takes ${[...known].sort().join(', ')}.`;
  return `${module}: there is no option '${option}'; ${remedy}`;
};

/** A value as an error may show it: of what could be a URL with a password, or a client, only what kind of thing it is. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'string') return value.includes('://') ? 'a URL' : JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor.name})`;
  return `${value as number | boolean | null}`;
}

export const REDIS_OPENED_TEXT = (what: string, reason: string): string =>
  `Redis for the ${what} does not answer (${reason}); going on from Postgres until it does.`;

export const REDIS_CLOSED_TEXT = (what: string): string => `Redis for the ${what} answers again.`;

export const KEY_NOT_DELETED_TEXT = (customerId: string): string =>
  `The key of customer '${customerId}' could not be deleted, as Redis does not answer; the event is delivered again.`;

export const RELEASE_FAILED_TEXT = (customerId: string, reason: string): string =>
  `The create lock of customer '${customerId}' could not be released (${reason}); it goes when Redis is back, or ends by itself.`;

export const LOCK_EXPIRED_TEXT = (customerId: string): string =>
  `The create lock of customer '${customerId}' ended before the create did; the slot decided.`;

export const AFTER_COMMIT_FAILED_TEXT = (reason: string): string =>
  `Something that follows a commit failed; the commit stands: ${reason}`;

export const IDEMPOTENCY_KEY_TEXT = (field: string): string =>
  `${field} must be 1 to 255 printable ASCII characters, a random UUID for example, or left out`;

export const IDEMPOTENCY_KEY_REUSED_TEXT =
  'This idempotency key was used with another request. Use a new key for a new request.';

export const IDEMPOTENCY_IN_PROGRESS_TEXT =
  'The first request with this idempotency key is still running. Repeat this one in a moment to get its answer.';

export const ON_ACTIVE_TEXT = (allowed: readonly string[]): string =>
  `onActive must be ${allowed.join(' or ')} on this route, or left out`;

export const NESTED_TOO_DEEPLY_TEXT = 'body is nested too deeply';

export const BACKGROUND_FAILED_TEXT = (what: string, reason: string): string =>
  `${what} failed and is tried again: ${reason}`;

export const NOTHING_RETURNED_TEXT = (statement: string, id: string): string =>
  `The statement '${statement}' returned nothing for the row '${id}'; end it with "RETURNING id".`;
