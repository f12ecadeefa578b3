import type { ExecutionContext } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { IDEMPOTENCY_KEY } from '../customer-broadcast.constants.ts';
import { IDEMPOTENCY_KEY_TEXT, NESTED_TOO_DEEPLY_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastInputException } from '../exceptions/broadcast.exceptions.ts';
import type { IdempotentRequest } from './idempotency.service.ts';

/** What Nest's two HTTP adapters have in common. */
interface HttpRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query?: unknown;
  readonly body?: unknown;
}

interface RpcContext {
  getChannel?: () => string;
}

/** Our deepest request has four levels. */
const MAX_DEPTH = 32;

/**
 * The key of a request and what it belongs to: header `Idempotency-Key` of HTTP, `idempotencyKey` of a message.
 *
 * @param actorId whose key it is
 * @returns null without a key
 * @throws BroadcastInputException when the key is not one
 */
export function parseIdempotentRequest(context: ExecutionContext, actorId: string): IdempotentRequest | null {
  return context.getType() === 'rpc' ? fromMessage(context, actorId) : fromHttp(context, actorId);
}

function fromHttp(context: ExecutionContext, actorId: string): IdempotentRequest | null {
  const { method, originalUrl, headers, query, body } = context.switchToHttp().getRequest<HttpRequest>();
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  // The path as it was asked for, not the route's pattern: the same key on another broadcast is another request.
  const route = `${method} ${originalUrl.split('?', 1)[0] ?? ''}`;
  return {
    actorId,
    route,
    key: checked('Idempotency-Key', key),
    requestHash: hashOf([query ?? {}, body ?? {}]),
  };
}

function fromMessage(context: ExecutionContext, actorId: string): IdempotentRequest | null {
  const payload = context.switchToRpc().getData<Readonly<Record<string, unknown>>>();
  const {
    actor: _actor,
    idempotencyKey,
    ...body
  } = payload as { actor: unknown; idempotencyKey?: unknown; id?: unknown };
  if (idempotencyKey === undefined) return null;
  const pattern = context.switchToRpc().getContext<RpcContext>().getChannel?.() ?? context.getHandler().name;
  const route = typeof body.id === 'string' ? `${pattern} ${body.id}` : pattern;
  return { actorId, route, key: checked('idempotencyKey', idempotencyKey), requestHash: hashOf(body) };
}

function checked(field: string, key: unknown): string {
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return key;
  throw new BroadcastInputException(field, IDEMPOTENCY_KEY_TEXT(field));
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
