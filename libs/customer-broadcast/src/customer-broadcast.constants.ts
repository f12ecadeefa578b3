/** Tokens, metadata keys and names that stay inside the library. */

export const RESOLVED_OPTIONS = Symbol('customer-broadcast:options');
export const GUARDED_CREATE = 'customer-broadcast:create';
export const ROUTE_ROLES = 'customer-broadcast:roles';

/** In the history of a broadcast that a new one took the place of. */
export const REPLACED_REASON = 'replaced by a new request';

export const SYSTEM_ACTORS = {
  create: 'system:create',
  expiry: 'system:expiry-worker',
  relay: 'system:outbox-relay',
} as const;

/** Printable ASCII: it goes into logs, a header and a key. */
export const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

/** Of a kind's name, which is part of SQL names, message patterns and keys. */
export const KIND_NAME = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * SQL for "active", as the index over deadlines has it; whoever wants that index has to ask in these words. Every text is `''` or
 * more. `IS NOT NULL` says the same, and would let the index serve the look-up of a customer, by reading all of it.
 *
 * @see docs/decisions/0011-plans-that-do-not-go-bad.md
 */
export const WITH_DEADLINE = "active_customer_id >= ''";
