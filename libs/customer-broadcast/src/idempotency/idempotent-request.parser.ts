import { createHash } from 'node:crypto';
import type { ParsedRequest } from '../context/request.parser.ts';
import { IDEMPOTENCY_KEY } from '../customer-broadcast.constants.ts';
import { IDEMPOTENCY_KEY_TEXT, NESTED_TOO_DEEPLY_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastInputException } from '../exceptions/broadcast.exceptions.ts';
import type { IdempotentRequest } from './idempotency.service.ts';

/** Our deepest request has four levels. */
const MAX_DEPTH = 32;

/**
 * The key of a request and what it belongs to.
 *
 * @param caller whose key it is; not asked for without a key
 * @returns null without a key
 * @throws BroadcastInputException when the key is not one
 */
export function parseIdempotentRequest(
  request: ParsedRequest,
  caller: () => string,
): IdempotentRequest | null {
  const { route, idempotencyKey: key, keyField, content } = request;
  if (key === undefined) return null;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    throw new BroadcastInputException(keyField, IDEMPOTENCY_KEY_TEXT(keyField));
  }
  return { actorId: caller(), route, key, requestHash: hashOf(content) };
}

function hashOf(request: unknown): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(sorted(request, 0)))
    .digest();
}

/** The same object however its fields are sorted: a client may write its request anew when it repeats it. */
function sorted(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new BroadcastInputException('body', NESTED_TOO_DEEPLY_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => sorted(item, depth + 1));
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner, depth + 1)]);
}
