import {
  BroadcastNotSentException,
  BroadcastOutcomeUnknownException,
  CustomerBroadcastClient,
} from '@app/customer-broadcast';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTcpProxy } from '../../../test/support/tcp-proxy.ts';
import type { TestRedis } from '../../../test/support/test-redis.ts';
import { settlesWithin, waitFor } from '../../../test/support/wait.ts';
import {
  ACTOR,
  type ClientScene,
  createProxy,
  failureOf,
  ID,
  startClientScene,
  type TransportPeer,
} from './transport-peer.ts';

describe('the client of a Redis transport with faults', () => {
  let scene: ClientScene;
  let redis: TestRedis;
  let peer: TransportPeer;

  const clientWith: ClientScene['clientWith'] = (...given) => scene.clientWith(...given);

  beforeAll(async () => {
    scene = await startClientScene();
    ({ redis, peer } = scene);
  });

  afterAll(() => scene.stop());

  beforeEach(() => scene.reset());

  it('fails at once while Redis is away, says that nothing was sent, and heals by itself', async () => {
    const parcels = clientWith(2_000).forKind('parcel');
    await redis.kill();
    await waitFor(async () => (await failureOf(parcels.get(ACTOR, ID))) instanceof BroadcastNotSentException);
    const refused = failureOf(parcels.create(ACTOR, {}));
    expect(await settlesWithin(500, refused)).toBe(true);
    const failure = (await refused) as BroadcastNotSentException;
    expect(failure).toBeInstanceOf(BroadcastNotSentException);
    expect(failure).toMatchObject({ status: 503, code: 'DEPENDENCY_UNAVAILABLE' });
    expect(failure.message).toContain('was not sent');
    await redis.restart();
    await waitFor(async () => (await parcels.get(ACTOR, ID)) as unknown);
  });

  it('starts while Redis is away, with a client that nobody has connected yet', async () => {
    await redis.kill();
    const late = createProxy(redis.url);
    const client = new CustomerBroadcastClient(late, { timeoutMs: 2_000 });
    expect(await failureOf(client.findActive(ACTOR))).toBeInstanceOf(BroadcastNotSentException);
    await redis.restart();
    await waitFor(async () => (await client.findActive(ACTOR)) as unknown);
    await late.close();
  });

  it('says after its time-out that the outcome is unknown when Redis hangs', async () => {
    const parcels = clientWith(300, 0).forKind('parcel');
    await waitFor(async () => (await parcels.get(ACTOR, ID)) as unknown);
    await redis.pause();
    expect(await failureOf(parcels.create(ACTOR, {}))).toBeInstanceOf(BroadcastOutcomeUnknownException);
    await redis.resume();
    await waitFor(async () => (await parcels.get(ACTOR, ID)) as unknown);
  });

  it('does not send a request again, on a new connection, that its caller has given up', async () => {
    const way = await startTcpProxy(redis.url);
    const cut = createProxy(way.url);
    try {
      const parcels = new CustomerBroadcastClient(cut, { timeoutMs: 300, retries: 0 }).forKind('parcel');
      await waitFor(async () => (await parcels.get(ACTOR, ID)) as unknown);
      peer.answer = () => undefined;
      // While one waits for its answer, those after it find their channel subscribed to and publish at once.
      const waiting = new CustomerBroadcastClient(cut, { timeoutMs: 10_000, retries: 0 }).forKind('parcel');
      void waiting.create(ACTOR, {}).catch(() => undefined);
      await waitFor(() => peer.heard.some(({ pattern }) => pattern === 'parcel.create'));
      way.drop('up');
      expect(await failureOf(parcels.create(ACTOR, {}))).toBeInstanceOf(BroadcastOutcomeUnknownException);
      peer.heard.length = 0;
      way.pass(); // resets what has lost bytes
      peer.answer = ({ data }) => ({ response: data });
      await waitFor(async () => (await parcels.get(ACTOR, ID)) as unknown);
      expect(peer.heard.filter(({ pattern }) => pattern === 'parcel.create')).toEqual([]);
    } finally {
      await cut.close();
      await way.stop();
    }
  });

  it('outlives a right that Redis does not give', async () => {
    await redis.client.acl('SETUSER', 'mute', 'on', '>secret', '+@all', '-publish', '~*', '&*');
    const mute = createProxy(redis.url.replace('//', '//mute:secret@'));
    const unhandled: unknown[] = [];
    const collect = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', collect);
    const client = new CustomerBroadcastClient(mute, { timeoutMs: 200, retries: 0 });
    expect(await failureOf(client.findActive(ACTOR))).toBeInstanceOf(BroadcastOutcomeUnknownException);
    process.off('unhandledRejection', collect);
    expect(unhandled).toEqual([]);
    await mute.close();
  });
});
