import { SignJWT } from 'jose';

/** What the services under test check tokens with. */
export const TEST_JWT_SECRET = 'the-secret-of-the-test-suite-and-of-nothing-else';

export type Role = 'customer' | 'transporter' | 'dispatcher' | 'operator';

export interface Actor {
  readonly sub: string;
  readonly role: Role;
}

/** The fields that answers share; which of them an answer has depends on the route and on the outcome. */
export interface AnswerBody {
  readonly id: string;
  readonly status: string | number;
  readonly customerId?: string;
  readonly trucksNeeded?: number;
  readonly trucksFilled?: number;
  readonly createdAt?: string;
  readonly stateChangedAt?: string;
  readonly expiresAt?: string;
  readonly items?: readonly Record<string, unknown>[];
  readonly nextCursor?: string | null;
  /** Of a problem. */
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  readonly activeBroadcast?: ActiveBroadcastBody | null;
  readonly [field: string]: unknown;
}

export interface ActiveBroadcastBody {
  readonly kind: string;
  readonly id: string;
  readonly status: string;
  readonly expiresAt: string;
  readonly cancel: { readonly method: string; readonly href: string };
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; an object without fields when the answer had no body. */
  readonly body: AnswerBody;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds. @default 10000 */
  readonly timeoutMs?: number;
}

export interface ApiClient {
  readonly url: string;
  readonly actor: Actor | null;
  get(path: string, options?: RequestOptions): Promise<ApiAnswer>;
  /** A string is sent as it stands, with the content type of JSON all the same; undefined sends no body. */
  post(path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** A token as the services under test accept it. */
export function signTestToken({ sub, role }: Actor): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(TEST_JWT_SECRET));
}

/**
 * Talks to a service as one user, over kept-alive connections. Without an actor it sends no token.
 *
 * An answer of any status is returned; a call rejects only when there was no answer within the time limit.
 */
export function createApiClient(url: string, actor: Actor | null): ApiClient {
  const token = actor === null ? null : signTestToken(actor);
  const request = async (
    method: string,
    path: string,
    body: unknown,
    options: RequestOptions,
  ): Promise<ApiAnswer> => {
    const answer = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${await token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(options.timeoutMs ?? REQUEST_TIMEOUT_MS),
    });
    return { status: answer.status, headers: answer.headers, body: parse(await answer.text()) };
  };
  return {
    url,
    actor,
    get: (path, options = {}) => request('GET', path, undefined, options),
    post: (path, body, options = {}) => request('POST', path, body, options),
  };
}

function parse(text: string): AnswerBody {
  if (text === '') return {} as AnswerBody;
  try {
    return JSON.parse(text) as AnswerBody;
  } catch {
    return { text } as unknown as AnswerBody; // metrics, or a page
  }
}
