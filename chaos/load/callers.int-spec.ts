import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Site } from '../site/site.interface.ts';
import { signTestToken } from '../../test/support/api-client.ts';
import { startRedis } from '../../tools/embedded/redis.ts';
import type { EmbeddedServer } from '../../tools/embedded/embedded-server.interface.ts';
import { HttpCaller } from './http.caller.ts';
import type { Call } from './request.interface.ts';
import { RpcCaller } from './rpc.caller.ts';

const CALL: Call = {
  action: 'cancel',
  kind: 'booking',
  customerId: 'c1',
  actor: { sub: 'c1', role: 'customer' },
  broadcastId: '019a9c3f-5d2e-7b41-8c6a-2f1e0d9b7a35',
  transport: 'http',
  idempotencyKey: 'k1',
  request: null,
  onActive: null,
  trucks: null,
  body: {},
};

/** All that the caller looks at. */
const siteAt = (url: string): Site =>
  ({ replicasOf: () => [{ url }], issuer: { keyId: 'k', sign: signTestToken } }) as unknown as Site;

describe('HttpCaller', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const { method, headers } = request;
      const key = headers['idempotency-key'];
      if (key === 'break') request.socket.resetAndDestroy();
      else if (key === 'half') {
        response.writeHead(200, { 'content-length': '100' }).write('{"id":');
        setImmediate(() => request.socket.destroy());
      } else if (key === 'text') response.writeHead(200).end('no JSON');
      else if (key !== 'silent') {
        const body = { id: request.url, code: `${method} ${headers.authorization?.slice(0, 7)}` };
        response.writeHead(409, { 'idempotency-replayed': 'true' }).end(JSON.stringify(body));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('returns an answer of any status, with what its headers tell', async () => {
    const caller = new HttpCaller(siteAt(url));
    const reply = await caller.send(CALL, 0);
    const path = `/v1/bookings/${CALL.broadcastId}/cancel`;
    expect(reply).toMatchObject({ answered: true, status: 409, replayed: true, body: { id: path } });
    expect(reply).toMatchObject({ body: { code: 'POST Bearer ' } });
    const create: Call = { ...CALL, action: 'create', broadcastId: null, onActive: 'replace' };
    expect(await caller.send(create, 1)).toMatchObject({ body: { id: '/v1/bookings?onActive=replace' } });
    await caller.close();
  });

  it.each(['break', 'half', 'text'])('has no answer, and may have been heard, after "%s"', async (key) => {
    const caller = new HttpCaller(siteAt(url));
    expect(await caller.send({ ...CALL, idempotencyKey: key }, 0)).toEqual({ answered: false, sent: true });
    await caller.close();
  });

  it('waits for six seconds and no longer', async () => {
    const caller = new HttpCaller(siteAt(url));
    const startedAtMs = performance.now();
    expect(await caller.send({ ...CALL, idempotencyKey: 'silent' }, 0)).toEqual({
      answered: false,
      sent: true,
    });
    expect(performance.now() - startedAtMs).toBeGreaterThan(5900);
    await caller.close();
  });

  it('knows that nothing was sent to where no server listens', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const caller = new HttpCaller(siteAt(`http://127.0.0.1:${port}`));
    expect(await caller.send(CALL, 0)).toEqual({ answered: false, sent: false });
    await caller.close();
  });
});

describe('RpcCaller', () => {
  let redis: EmbeddedServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('may have been heard when no replica answers', async () => {
    const caller = new RpcCaller(redis.url);
    expect(await caller.send({ ...CALL, transport: 'rpc' })).toEqual({ answered: false, sent: true });
    await caller.close();
  });
});
