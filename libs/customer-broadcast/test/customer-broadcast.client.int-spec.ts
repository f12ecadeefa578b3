import { BroadcastOutcomeUnknownException, BroadcastRefusedException } from '@app/customer-broadcast';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientProxy } from '@nestjs/microservices';
import {
  ACTOR,
  type ClientScene,
  failureOf,
  ID,
  startClientScene,
  type TransportPeer,
} from './transport-peer.ts';

const PROBLEM = {
  type: '/problems/order-active-exists',
  title: 'A request is already in progress',
  status: 409,
  detail: 'Request already in progress. Cancel it first.',
  instance: 'parcel.create',
  code: 'ORDER_ACTIVE_EXISTS',
  activeBroadcast: { kind: 'parcel', id: ID },
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The books of Nest's client: what still waits for an answer, and the listeners of its connections. */
interface Books {
  readonly routingMap: Map<string, unknown>;
  readonly subscriptionsCount: Map<string, number>;
  unwrap(): readonly { listenerCount(event: string): number; eventNames(): readonly string[] }[];
}

describe('the client of the Redis transport', () => {
  let scene: ClientScene;
  let peer: TransportPeer;
  let proxy: ClientProxy;

  const clientWith: ClientScene['clientWith'] = (...given) => scene.clientWith(...given);
  const booksOf = (): Books => proxy as unknown as Books;

  beforeAll(async () => {
    scene = await startClientScene();
    ({ peer, proxy } = scene);
  });

  afterAll(() => scene.stop());

  beforeEach(() => scene.reset());

  it('sends each request with its actor, and a fresh key where something changes', async () => {
    const client = clientWith(5_000);
    const parcels = client.forKind('parcel');
    const claims = { ...ACTOR, iat: 1, scope: 'all' };
    await parcels.create(claims, { label: 'vase', actor: 'x', idempotencyKey: 'y' });
    await parcels.get(ACTOR, ID);
    await parcels.cancel(ACTOR, ID, { reason: 'no need' });
    await parcels.step(ACTOR, ID, 'deliver', { body: { to: 'door' }, idempotencyKey: 'mine' });
    await parcels.step(ACTOR, ID, 'collect');
    await client.findActive(ACTOR);
    const key = expect.stringMatching(UUID);
    expect(peer.heard.map(({ pattern, data }) => [pattern, data])).toEqual([
      ['parcel.create', { label: 'vase', actor: ACTOR, idempotencyKey: key }],
      ['parcel.get', { id: ID, actor: ACTOR }],
      ['parcel.cancel', { id: ID, reason: 'no need', actor: ACTOR, idempotencyKey: key }],
      ['parcel.deliver', { id: ID, to: 'door', actor: ACTOR, idempotencyKey: 'mine' }],
      ['parcel.collect', { id: ID, actor: ACTOR, idempotencyKey: key }],
      ['customer-broadcast.find-active', { actor: ACTOR }],
    ]);
    const keys = peer.heard.map(({ data }) => data.idempotencyKey).filter(Boolean);
    expect(new Set(keys).size).toBe(4);
  });

  it('answers null when nothing is active', async () => {
    peer.answer = () => ({ response: null });
    expect(await clientWith(5_000).findActive(ACTOR)).toBeNull();
  });

  it('rejects a refusal with the whole problem, and does not repeat it', async () => {
    peer.answer = () => ({ err: PROBLEM });
    const call = clientWith(5_000).forKind('parcel').create(ACTOR, {}, { idempotencyKey: 'k' });
    const refusal = (await failureOf(call)) as BroadcastRefusedException;
    expect(refusal).toBeInstanceOf(BroadcastRefusedException);
    expect(refusal).toMatchObject({
      name: 'BroadcastRefusedException',
      message: PROBLEM.detail,
      code: 'ORDER_ACTIVE_EXISTS',
      status: 409,
      title: PROBLEM.title,
      detail: PROBLEM.detail,
      activeBroadcast: PROBLEM.activeBroadcast,
      details: { activeBroadcast: PROBLEM.activeBroadcast },
      idempotencyKey: 'k',
      problem: PROBLEM,
    });
    expect(peer.heard).toHaveLength(1);
  });

  it.each([['text'], [5], [{ status: 'error', message: 'Internal server error' }]])(
    'makes a problem of the error %j, which is none',
    async (err) => {
      peer.answer = () => ({ err });
      const refusal = await failureOf(clientWith(5_000).forKind('parcel').get(ACTOR, ID));
      expect(refusal).toBeInstanceOf(BroadcastRefusedException);
      expect(refusal).toMatchObject({ code: 'INTERNAL_ERROR', status: 500, details: { received: err } });
    },
  );

  it('sends an unanswered request again with the same key, as a message of its own', async () => {
    peer.answer = ({ data }, index) => (index === 0 ? undefined : { response: data });
    const answer = await clientWith(300).forKind('parcel').create(ACTOR, { label: 'vase' });
    const [first, second] = peer.heard;
    expect(peer.heard).toHaveLength(2);
    expect(second!.data).toEqual(first!.data);
    expect(second!.id).not.toBe(first!.id);
    expect(answer).toEqual(first!.data);
  });

  it('says that the outcome is unknown when nobody answers, with the key for another try', async () => {
    peer.answer = () => undefined;
    for (const [retries, attempts] of [
      [0, 1],
      [2, 3],
    ] as const) {
      peer.heard.length = 0;
      const call = clientWith(100, retries).forKind('parcel').cancel(ACTOR, ID);
      const failure = (await failureOf(call)) as BroadcastOutcomeUnknownException;
      expect(failure).toBeInstanceOf(BroadcastOutcomeUnknownException);
      expect(failure).toMatchObject({ status: 503, code: 'DEPENDENCY_UNAVAILABLE', attempts });
      expect(failure.message).toContain(`Repeating it with the idempotency key '${failure.idempotencyKey!}'`);
      expect(peer.heard).toHaveLength(attempts);
      expect(new Set(peer.heard.map(({ data }) => data.idempotencyKey))).toEqual(
        new Set([failure.idempotencyKey]),
      );
    }
  });

  it.each([
    ['the request', { ...PROBLEM, code: 'IDEMPOTENCY_IN_PROGRESS' }],
    ['a create of that customer', { ...PROBLEM, activeBroadcast: null }],
  ])('does not take for the outcome that %s is in flight, once it has repeated it', async (_, inProgress) => {
    peer.answer = (_request, index) => (index === 0 ? undefined : { err: inProgress });
    const failure = await failureOf(clientWith(200).forKind('parcel').create(ACTOR, {}));
    expect(failure).toBeInstanceOf(BroadcastOutcomeUnknownException);
    peer.answer = () => ({ err: inProgress });
    expect(await failureOf(clientWith(200).forKind('parcel').create(ACTOR, {}))).toMatchObject({
      code: inProgress.code,
    });
  });

  it('ignores late answers, second answers and those to others', async () => {
    peer.answer = () => undefined;
    const parcels = clientWith(100, 0).forKind('parcel');
    await failureOf(parcels.get(ACTOR, ID));
    const [late] = peer.heard;
    peer.answer = (request) => {
      void peer.reply(late!, { response: 'late' });
      void peer.reply({ ...request, id: 'nobody' }, { response: 'other' });
      void peer.reply(request, { response: { n: 1 } });
      return { response: { n: 2 } };
    };
    expect(await clientWith(5_000).forKind('parcel').get(ACTOR, ID)).toEqual({ n: 1 });
  });

  it('leaves nothing behind in 10,000 calls, answered or not', async () => {
    const parcels = clientWith(5_000).forKind('parcel');
    await parcels.get(ACTOR, ID);
    const listeners = (): number[] =>
      booksOf()
        .unwrap()
        .flatMap((connection) => connection.eventNames().map((name) => connection.listenerCount(name)));
    const before = listeners();
    peer.answer = ({ data }, index) => (index % 4 === 0 ? { err: PROBLEM } : { response: data });
    for (let batch = 0; batch < 100; batch += 1) {
      await Promise.allSettled(Array.from({ length: 100 }, () => parcels.get(ACTOR, ID)));
    }
    peer.answer = () => undefined;
    const hurried = clientWith(100, 0).forKind('parcel');
    await Promise.allSettled(Array.from({ length: 100 }, () => hurried.create(ACTOR, {})));
    expect(booksOf().routingMap.size).toBe(0);
    expect(new Set(booksOf().subscriptionsCount.values())).toEqual(new Set([0]));
    expect(listeners()).toEqual(before);
  });
});
