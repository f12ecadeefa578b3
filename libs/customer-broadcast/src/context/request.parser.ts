import type { ExecutionContext } from '@nestjs/common';
import { UNKNOWN_CONTEXT_TEXT } from '../customer-broadcast.messages.ts';

/** A request that may be repeated, whatever transport it came over. */
export interface ParsedRequest {
  /**
   * What was asked for, as it was asked: method and path, pattern and id, or field and id. The same key on another broadcast
   * is another request.
   */
  readonly route: string;
  /** Not checked; undefined when there is none. */
  readonly idempotencyKey: unknown;
  /** Where the key stands, for an error about it. */
  readonly keyField: 'Idempotency-Key' | 'idempotencyKey';
  /** What was sent, without the key and without who sends it. */
  readonly content: unknown;
}

/** What Nest's two HTTP adapters have in common. */
interface HttpRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** Each of Nest's transports for messages names the pattern by a method of its own. */
interface RpcContext {
  getChannel?: () => string;
  getPattern?: () => unknown;
  getSubject?: () => string;
  getTopic?: () => string;
}

/** Of GraphQL's four arguments the last: which field of which type is resolved. */
interface ResolveInfo {
  readonly fieldName: string;
  readonly parentType: { readonly name: string };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * What the request says beside its body, not checked: the query over HTTP, the fields of a message, the arguments of a field
 * of GraphQL.
 *
 * @throws Error for a context of a kind that Nest does not bring
 */
export function parametersOf(context: ExecutionContext): Fields {
  const type = context.getType<string>();
  switch (type) {
    case 'http':
      return fieldsOf(context.switchToHttp().getRequest<HttpRequest>().query);
    case 'rpc':
      return fieldsOf(context.switchToRpc().getData<unknown>());
    case 'ws':
      return fieldsOf(context.switchToWs().getData<unknown>());
    case 'graphql':
      // An argument that is null has been left out.
      return Object.fromEntries(
        Object.entries(fieldsOf(context.getArgByIndex<unknown>(1))).filter(([, value]) => value !== null),
      );
    default:
      throw new Error(UNKNOWN_CONTEXT_TEXT(type));
  }
}

/**
 * The key is the header `Idempotency-Key` over HTTP, and a field or argument `idempotencyKey` elsewhere.
 *
 * @throws Error for a context of a kind that Nest does not bring
 */
export function parseRequest(context: ExecutionContext): ParsedRequest {
  switch (context.getType<string>()) {
    case 'http':
      return fromHttp(context.switchToHttp().getRequest<HttpRequest>());
    case 'ws':
      return fromParameters(context.switchToWs().getPattern(), context);
    case 'graphql': {
      const { parentType, fieldName } = context.getArgByIndex<ResolveInfo>(3);
      return fromParameters(`${parentType.name}.${fieldName}`, context);
    }
    default:
      return fromParameters(patternOf(context), context);
  }
}

function fromHttp({ method, originalUrl, headers, query, body }: HttpRequest): ParsedRequest {
  return {
    // The path as it was asked for, not the route's pattern.
    route: `${method} ${originalUrl.split('?', 1)[0] ?? ''}`,
    idempotencyKey: headers['idempotency-key'],
    keyField: 'Idempotency-Key',
    content: [query ?? {}, body ?? {}],
  };
}

function fromParameters(pattern: string, context: ExecutionContext): ParsedRequest {
  const { actor: _actor, idempotencyKey, ...content } = parametersOf(context);
  return {
    route: typeof content.id === 'string' ? `${pattern} ${content.id}` : pattern,
    idempotencyKey,
    keyField: 'idempotencyKey',
    content,
  };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function patternOf(context: ExecutionContext): string {
  const rpc = context.switchToRpc().getContext<RpcContext | undefined>();
  const pattern = rpc?.getChannel?.() ?? rpc?.getPattern?.() ?? rpc?.getSubject?.() ?? rpc?.getTopic?.();
  return typeof pattern === 'string' ? pattern : context.getHandler().name;
}
