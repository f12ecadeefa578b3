import type { Operation } from '../history/operation.interface.ts';

/**
 * What the key of a create belongs to: user, and path or message pattern. The same key over the other transport is another
 * one.
 *
 * @returns null without a key
 */
export function scopeOf({ idempotencyKey, transport, actorId, kind }: Operation): string | null {
  return idempotencyKey === null ? null : JSON.stringify([transport, actorId, kind, idempotencyKey]);
}
