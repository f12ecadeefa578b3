import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';

import { type ApiAnswer, createApiClient, signTestToken, TEST_JWT_SECRET } from '../support/api-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import {
  clientOf,
  KINDS,
  keyOf,
  lockOf,
  pathOf,
  replicasOf,
  ROUTES,
  validBody,
} from '../support/requests.ts';
import { listRows } from '../support/rows.ts';

const CUSTOMER = { sub: 'c1', role: 'customer' } as const;
const key = (secret: string): Uint8Array => new TextEncoder().encode(secret);

function sign(claims: Record<string, unknown>, secret = TEST_JWT_SECRET, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(key(secret));
}

const inAnHour = Math.floor(Date.now() / 1000) + 3600;

const BAD_AUTHORIZATIONS: readonly (readonly [string, () => string | Promise<string>])[] = [
  ['no header', () => ''],
  ['another scheme', () => 'Basic YTpi'],
  ['a scheme alone', () => 'Bearer'],
  ['no JWT', () => 'Bearer abc'],
  ['two tokens', () => 'Bearer a b'],
  ['another secret', async () => `Bearer ${await sign(CUSTOMER, 'x'.repeat(40))}`],
  ['another algorithm', async () => `Bearer ${await sign(CUSTOMER, TEST_JWT_SECRET.repeat(2), 'HS512')}`],
  ['no signature', () => `Bearer ${new UnsecuredJWT(CUSTOMER).encode()}`],
  ['a changed payload', async () => `Bearer ${tamper(await signTestToken(CUSTOMER))}`],
  ['an end in the past', async () => `Bearer ${await sign({ ...CUSTOMER, exp: inAnHour - 7200 })}`],
  ['a beginning in the future', async () => `Bearer ${await sign({ ...CUSTOMER, nbf: inAnHour })}`],
  ['no role', async () => `Bearer ${await sign({ sub: 'c1' })}`],
  ['an unknown role', async () => `Bearer ${await sign({ sub: 'c1', role: 'admin' })}`],
  ['a list of roles', async () => `Bearer ${await sign({ sub: 'c1', role: ['customer'] })}`],
  ['no sub', async () => `Bearer ${await sign({ role: 'customer' })}`],
  ['an empty sub', async () => `Bearer ${await sign({ sub: '', role: 'customer' })}`],
  ['a sub with a space', async () => `Bearer ${await sign({ sub: 'c 1', role: 'customer' })}`],
  ['a sub outside of ASCII', async () => `Bearer ${await sign({ sub: 'é', role: 'customer' })}`],
  ['a sub of 129 characters', async () => `Bearer ${await sign({ sub: 'x'.repeat(129), role: 'customer' })}`],
];

function tamper(token: string): string {
  const [header, , signature] = token.split('.');
  const payload = Buffer.from(JSON.stringify({ sub: 'c2', role: 'operator' })).toString('base64url');
  return [header, payload, signature].join('.');
}

function expectProblem(
  { status, headers, body }: ApiAnswer,
  expected: { status: number; code: string },
): void {
  expect({ status, code: body.code }).toEqual(expected);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({
    status,
    type: expect.stringMatching(/./),
    title: expect.stringMatching(/./),
    detail: expect.stringMatching(/./),
    instance: expect.stringMatching(/^\//),
  });
}

describe.each(KINDS)('HTTP of the service of a %s', (kind) => {
  let cluster: Cluster;
  let url: string;

  beforeAll(async () => {
    cluster = await startCluster(kind === 'booking' ? { orders: 0 } : { bookings: 0 });
    url = replicasOf(cluster, kind)[0]!.url;
  });

  afterAll(() => cluster.stop());

  it.each(BAD_AUTHORIZATIONS)('answers 401 to a token with %s', async (_, authorization) => {
    const headers = { authorization: await authorization() };
    const client = createApiClient(url, null);
    for (const answer of [
      await client.post(ROUTES[kind], validBody(kind), { headers }),
      await client.get('/v1/active-broadcast', { headers }),
    ]) {
      expectProblem(answer, { status: 401, code: 'UNAUTHENTICATED' });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    expect(await listRows(cluster.database, 'c1')).toEqual([]);
  });

  it.each(['!', '~', 'x'.repeat(128), `a"b'c\\d`])('takes the sub %s as it stands', async (sub) => {
    const { status, body } = await clientOf(cluster, kind, { sub }).post(ROUTES[kind], validBody(kind));
    expect({ status, customerId: body.customerId }).toEqual({ status: 201, customerId: sub });
    expect(await listRows(cluster.database, sub)).toHaveLength(1);
  });

  it('answers 413 to a body over 32 KB, and leaves nothing behind', async () => {
    const client = clientOf(cluster, kind);
    const { sub } = client.actor!;
    const answer = await client.post(ROUTES[kind], { ...validBody(kind), goodsType: 'x'.repeat(33_000) });
    expectProblem(answer, { status: 413, code: 'PAYLOAD_TOO_LARGE' });
    expect(await cluster.redis.client.exists(keyOf(sub), lockOf(sub))).toBe(0);
    expect((await client.post(ROUTES[kind], validBody(kind))).status).toBe(201);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('answers 415 to the content type %s', async (contentType) => {
    const headers = { 'content-type': contentType };
    const answer = await clientOf(cluster, kind).post(ROUTES[kind], JSON.stringify(validBody(kind)), {
      headers,
    });
    expectProblem(answer, { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it('takes JSON with a charset', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await clientOf(cluster, kind).post(ROUTES[kind], JSON.stringify(validBody(kind)), {
      headers,
    });
    expect(answer.status).toBe(201);
  });

  it('answers 400 to what is no JSON', async () => {
    const answer = await clientOf(cluster, kind).post(ROUTES[kind], '{"pickup":');
    expectProblem(answer, { status: 400, code: 'VALIDATION_FAILED' });
    expect(answer.body.errors).toEqual([{ field: 'body', message: expect.any(String) }]);
  });

  it.each(['/', '/v1', '/v1/parcels', '/v2/bookings', '/v1/bookings/x/y/z', '/.env'])(
    'answers 404 to the unknown route %s',
    async (path) => {
      const client = clientOf(cluster, kind);
      expectProblem(await client.get(path), { status: 404, code: 'NOT_FOUND' });
      expectProblem(await client.post(path, {}), { status: 404, code: 'NOT_FOUND' });
    },
  );

  it('answers 405 with the methods that a path has, and a bad URL with 400', async () => {
    const { id } = (await clientOf(cluster, kind).post(ROUTES[kind], validBody(kind))).body;
    for (const [method, path, allow] of [
      ['PUT', ROUTES[kind], 'GET, HEAD, POST'],
      ['DELETE', `${ROUTES[kind]}/${id}`, 'GET, HEAD'],
      ['GET', `${ROUTES[kind]}/${id}/cancel`, 'POST'],
      ['POST', '/v1/active-broadcast', 'GET, HEAD'],
      ['DELETE', '/metrics', 'GET, HEAD'],
    ] as const) {
      const response = await fetch(`${url}${path}`, { method });
      const body = (await response.json()) as ApiAnswer['body'];
      expectProblem(
        { status: response.status, headers: response.headers, body },
        { status: 405, code: 'METHOD_NOT_ALLOWED' },
      );
      expect({ path, allow: response.headers.get('allow') }).toEqual({ path, allow });
    }
    const bad = await clientOf(cluster, kind).get(`${ROUTES[kind]}/%zz`);
    expectProblem(bad, { status: 400, code: 'VALIDATION_FAILED' });
  });

  it('answers HEAD wherever it answers GET, without a body', async () => {
    const { actor, ...client } = clientOf(cluster, kind);
    const { id } = (await client.post(ROUTES[kind], validBody(kind))).body;
    const bearer = `Bearer ${await signTestToken(actor!)}`;
    const paths = [
      ROUTES[kind],
      `${ROUTES[kind]}/${id}`,
      `${ROUTES[kind]}/${id}/history`,
      '/v1/active-broadcast',
    ];
    for (const path of [...paths, '/health/live', '/health/ready', '/metrics', '/nowhere']) {
      const response = await fetch(`${url}${path}`, { method: 'HEAD', headers: { authorization: bearer } });
      expect({ path, status: response.status }).toEqual({ path, status: path === '/nowhere' ? 404 : 200 });
      expect(await response.text()).toBe('');
    }
    const nothing = await fetch(`${url}/v1/active-broadcast`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${await signTestToken(clientOf(cluster, kind).actor!)}` },
    });
    expect(nothing.status).toBe(204);
  });

  it('tags what it answers to a read, and sends it no second time', async () => {
    const client = clientOf(cluster, kind);
    const none = await client.get('/v1/active-broadcast');
    expect({ status: none.status, etag: none.headers.get('etag') }).toEqual({ status: 204, etag: null });
    const { id } = (await client.post(ROUTES[kind], validBody(kind))).body;
    await client.post(pathOf(kind, id, 'cancel'));
    for (const path of [ROUTES[kind], pathOf(kind, id), pathOf(kind, id, 'history')]) {
      const etag = (await client.get(path)).headers.get('etag')!;
      const again = await client.get(path, { headers: { 'if-none-match': `"old", ${etag}` } });
      expect({ path, status: again.status, etag: again.headers.get('etag') }).toEqual({
        path,
        status: 304,
        etag,
      });
    }
    const stranger = await clientOf(cluster, kind).get(pathOf(kind, id), {
      headers: { 'if-none-match': '*' },
    });
    expect(stranger.status).toBe(404);
  });

  it('says that it is live and ready, without a token', async () => {
    const client = createApiClient(url, null);
    expect(await client.get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const ready = await client.get('/health/ready');
    expect({ status: ready.status, body: ready.body }).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('shows metrics in Prometheus’ format, without a token, and without a customer in them', async () => {
    const client = clientOf(cluster, kind);
    await client.post(ROUTES[kind], validBody(kind));
    await client.post(ROUTES[kind], validBody(kind));
    const { status, headers, body } = await createApiClient(url, null).get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    const text = String(body.text);
    for (const name of ['creates_refused_total', 'transitions_total', 'redis_degraded', 'slot_drift']) {
      expect(text).toContain(`\ncustomer_broadcast_${name}`);
    }
    expect(text).not.toContain(client.actor!.sub);
  });
});
