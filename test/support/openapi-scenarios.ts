import { randomUUID } from 'node:crypto';

import { type Actor, type AnswerBody, createApiClient, type Role, signTestToken } from './api-client.ts';
import type { ExpectedAnswer, Operation, SeenAnswer } from './openapi.ts';
import { holdWriters } from './hold.ts';
import { acceptBody, createBroadcast, type Kind, newName, pathOf } from './requests.ts';
import type { OpenDatabase } from './test-database.ts';
import { waitFor } from './wait.ts';

/** The same service three times. */
export interface Instances {
  readonly healthy: string;
  /** Takes one request in a second. */
  readonly limited: string;
  /** Cannot reach Postgres. */
  readonly broken: string;
}

/** A request that should be answered in one certain way. */
export interface Scenario {
  readonly as?: Actor | null;
  readonly id?: string;
  readonly query?: string;
  /** @default the document's example */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly at?: keyof Instances;
  /** Undoes what the scenario needed. */
  readonly after?: () => Promise<unknown>;
  /** Sent again until it is answered so, this many times at most. @default 1 */
  readonly tries?: number;
}

export interface Scene {
  readonly kind: Kind;
  readonly urls: Instances;
  readonly database: OpenDatabase;
}

type Prepare = (scene: Scene, operation: Operation) => Scenario | Promise<Scenario>;

const user = (role: string): Actor => ({ sub: newName(role), role: role as Role });
const anybody = ({ roles }: Operation): Actor | null => (roles?.[0] === undefined ? null : user(roles[0]));
const TRUCKS = 2;

interface Broadcast {
  readonly owner: Actor;
  readonly body: AnswerBody;
}

async function broadcastOf({ kind, urls }: Scene): Promise<Broadcast> {
  const owner = user('customer');
  return { owner, body: await createBroadcast(createApiClient(urls.healthy, owner), kind, TRUCKS) };
}

/** Brings a broadcast to where the steps lead; who accepts is the one transporter. */
async function broadcastAfter(
  scene: Scene,
  ...steps: readonly string[]
): Promise<Broadcast & { transporter: Actor }> {
  const transporter = user('transporter');
  const { owner, body } = await broadcastOf(scene);
  for (const step of steps) {
    const client = createApiClient(scene.urls.healthy, step === 'cancel' ? owner : transporter);
    const input = step === 'accept' ? acceptBody(body, TRUCKS) : {};
    const { status } = await client.post(pathOf(scene.kind, body.id, step), input);
    if (status !== 200) throw new Error(`${step} was answered with ${status}`);
  }
  return { owner, body, transporter };
}

const own: Prepare = async (scene) => {
  const { owner, body } = await broadcastOf(scene);
  return { as: owner, id: body.id };
};
/** Nothing changes any more by itself: with an external dispatcher a broadcast waits in `broadcasting`. */
const settled: Prepare = async (scene) => {
  const { owner, body } = await broadcastOf(scene);
  const client = createApiClient(scene.urls.healthy, owner);
  const read = async () => (await client.get(pathOf(scene.kind, body.id))).body.status;
  await waitFor(async () => (await read()) === 'broadcasting', { describe: 'the relay' });
  return { as: owner, id: body.id };
};
const by =
  (role: Role, ...steps: readonly string[]): Prepare =>
  async (scene) => {
    const { body, transporter } = await broadcastAfter(scene, ...steps);
    return { as: role === 'transporter' ? transporter : user(role), id: body.id };
  };
const accepting =
  (trucks: number, ...steps: readonly string[]): Prepare =>
  async (scene) => {
    const { body } = await broadcastAfter(scene, ...steps);
    return { as: user('transporter'), id: body.id, body: acceptBody(body, trucks) };
  };
const plain: Prepare = () => ({ as: null });

/** By operation, without the name of the kind, and answer. */
const SPECIFIC: Readonly<Record<string, Prepare>> = {
  'create 201': (_scene, operation) => ({ as: anybody(operation) }),
  'create 200': async (scene, operation) => ({ ...(await own(scene, operation)), query: '?onActive=return' }),
  'create 409 ORDER_ACTIVE_EXISTS': own,
  'lists 200': settled,
  'get 200': settled,
  'getHistory 200': settled,
  'cancel 200': own,
  'cancel 409 INVALID_TRANSITION': by('operator', 'accept', 'start'),
  'accept 200': accepting(1),
  'accept 409 INVALID_TRANSITION': accepting(1, 'cancel'),
  'accept 409 NO_LONGER_AVAILABLE': accepting(TRUCKS + 1),
  'start 200': by('transporter', 'accept'),
  'start 409 INVALID_TRANSITION': by('operator'),
  'complete 200': by('transporter', 'accept', 'start'),
  'complete 409 INVALID_TRANSITION': by('operator'),
  'reportDispatched 200': by('dispatcher'),
  'reportDispatched 409 INVALID_TRANSITION': by('dispatcher', 'cancel'),
  'findActiveBroadcast 200': settled,
  'followBroadcasts 200': (_scene, operation) => ({ as: anybody(operation) }),
  'followBroadcasts 400 VALIDATION_FAILED': (_scene, operation) => ({
    as: anybody(operation),
    headers: { 'last-event-id': 'none of ours' },
  }),
  'findActiveBroadcast 204': (_scene, operation) => ({ as: anybody(operation) }),
  'isLive 200': plain,
  'isReady 200': plain,
  'isReady 503': () => ({ as: null, at: 'broken' }),
  'getMetrics 200': plain,
  'showDocument 200': plain,
  'getDocument 200': plain,
};

const IDEMPOTENCY_KEYS = 'customer_broadcast_idempotency_keys';

/** The operation's success, with an idempotency key. */
async function keyed(scene: Scene, operation: Operation): Promise<Scenario> {
  const name = nameWithoutKind(operation, scene.kind);
  const prepare = SPECIFIC[`${name} 201`] ?? SPECIFIC[`${name} 200`]!;
  return { ...(await prepare(scene, operation)), headers: { 'idempotency-key': randomUUID() } };
}

function nameWithoutKind({ operationId }: Operation, kind: Kind): string {
  return operationId.replace(new RegExp(kind, 'i'), '');
}

const OTHER_ROLES: readonly Role[] = ['customer', 'transporter', 'dispatcher', 'operator'];

/** By code: every operation is provoked to these in the same way. */
const GENERIC: Readonly<Record<string, Prepare>> = {
  VALIDATION_FAILED: (_scene, operation) => ({
    as: anybody(operation),
    ...(operation.method === 'get' ? { query: '?limit=0' } : { body: '[]' }),
  }),
  UNAUTHENTICATED: () => ({ as: null }),
  FORBIDDEN: (_scene, { roles }) => ({ as: user(OTHER_ROLES.find((role) => !roles?.includes(role))!) }),
  NOT_FOUND: (_scene, operation) => ({ as: anybody(operation) }),
  PAYLOAD_TOO_LARGE: (_scene, operation) => ({ as: anybody(operation), body: { x: 'x'.repeat(33_000) } }),
  UNSUPPORTED_MEDIA_TYPE: (_scene, operation) => ({
    as: anybody(operation),
    headers: { 'content-type': 'text/plain' },
  }),
  RATE_LIMITED: (_scene, operation) => ({ as: anybody(operation), at: 'limited', tries: 20 }),
  IDEMPOTENCY_KEY_REUSED: async (scene, operation) => {
    const scenario = await keyed(scene, operation);
    await send(scene, operation, scenario);
    return { ...scenario, query: '?another=request' };
  },
  IDEMPOTENCY_IN_PROGRESS: async (scene, operation) => {
    const scenario = await keyed(scene, operation);
    const hold = await holdWriters(scene.database, {
      table: IDEMPOTENCY_KEYS,
      on: 'INSERT',
      at: 'statement',
    });
    const first = send(scene, operation, scenario);
    await hold.reached();
    return { ...scenario, after: () => Promise.all([hold.release(), first]) };
  },
  DEPENDENCY_UNAVAILABLE: (_scene, operation) => ({ as: anybody(operation), at: 'broken' }),
};

/** How to get a documented answer; null when the suite has none, which is a fault of the suite. */
export function scenarioOf({ operation, status, code }: ExpectedAnswer, kind: Kind): Prepare | null {
  const name = nameWithoutKind(operation, kind);
  const specific = SPECIFIC[[name, status, code].filter(Boolean).join(' ')];
  if (specific) return specific;
  if (code !== null) return GENERIC[code] ?? null;
  const first = SPECIFIC[`${name} 200`];
  if (status !== '304' || !first) return null;
  return async (scene, of) => {
    const scenario = await first(scene, of);
    const { headers } = await send(scene, of, scenario);
    return { ...scenario, headers: { 'if-none-match': headers.get('etag') ?? '' } };
  };
}

/** Sends what a scenario says to an operation. */
export async function send({ urls }: Scene, operation: Operation, scenario: Scenario): Promise<SeenAnswer> {
  const { as = null, id = randomUUID(), query = '', at = 'healthy' } = scenario;
  const { body = operation.requestBody?.content['application/json']?.example } = scenario;
  const answer = await fetch(`${urls[at]}${operation.path.replace('{id}', id)}${query}`, {
    method: operation.method.toUpperCase(),
    headers: {
      ...(as && { authorization: `Bearer ${await signTestToken(as)}` }),
      ...(operation.requestBody && { 'content-type': 'application/json' }),
      ...scenario.headers,
    },
    ...(operation.requestBody && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, headers: answer.headers, text: await textOf(answer) };
}

/** Of a stream without an end, what comes first. */
async function textOf(answer: Response): Promise<string> {
  if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer.text();
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}
