import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { testEnvironment, testModule, tokenOf } from '../../test/service.ts';
import { createServiceApp, type ServiceApp } from './service-app.ts';

let service: ServiceApp;
let url: string;
let token: string;

beforeAll(async () => {
  const env = testEnvironment({ RATE_LIMIT_WRITES_PER_SECOND: '5' });
  const degradable = [{ name: 'redis', healthy: () => false }];
  service = await createServiceApp(testModule(env, { requestDeadlineMs: 200, degradable }));
  await service.app.listen(0, '127.0.0.1');
  url = await service.app.getUrl();
  token = await tokenOf('c1');
});

afterAll(() => service.app.close());

interface Call {
  readonly as?: string | null;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function request(path: string, { as = token, ...init }: Call = {}): Promise<Answer> {
  const headers = { ...(as !== null && { authorization: `Bearer ${as}` }), ...init.headers };
  const response = await fetch(`${url}${path}`, { ...init, headers });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };
/** Each test writes as a user of its own, so that none uses up another's budget. */
let users = 0;
async function post(
  path: string,
  body?: string,
  headers: Record<string, string> = JSON_TYPE,
): Promise<Answer> {
  return request(path, { method: 'POST', body, headers, as: await tokenOf(`user-${(users += 1)}`) });
}

/** What the server says to bytes that fetch would not send. */
async function raw(text: string): Promise<string> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
  socket.write(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

describe('a request', () => {
  test('reaches its handler with a validated body and the token’s actor', async () => {
    const { status, body } = await post('/v1/things', '{"name":" x ","count":1}');
    expect(status).toBe(201);
    expect(body).toEqual({ name: 'x', count: 1, actor: { sub: `user-${users}`, role: 'customer' } });
  });

  test.each([
    ['no body and no content type', undefined, {}],
    ['an empty body that claims to be JSON', '', JSON_TYPE],
    ['an empty object', '{}', JSON_TYPE],
  ])('needs no body where the route takes none: %s', async (_, body, headers) => {
    expect((await post('/v1/things/7/cancel', body, headers)).status).toBe(200);
  });
});

describe('a problem', () => {
  test('has the standard members and no more than the error gives', async () => {
    const { status, headers, body } = await post('/v1/things/taken?x=1');
    expect(status).toBe(409);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(headers.get('retry-after')).toBe('7');
    expect(body).toEqual({
      type: '/problems/thing-taken',
      title: 'Taken',
      status: 409,
      detail: 'It is taken.',
      instance: '/v1/things/taken',
      code: 'THING_TAKEN',
      by: 'you',
    });
  });

  test.each([
    ['broken JSON', '{"name":', JSON_TYPE, 400, 'VALIDATION_FAILED'],
    ['an empty body', '', JSON_TYPE, 400, 'VALIDATION_FAILED'],
    ['no body', undefined, {}, 400, 'VALIDATION_FAILED'],
    ['an array', '[]', JSON_TYPE, 400, 'VALIDATION_FAILED'],
    ['null', 'null', JSON_TYPE, 400, 'VALIDATION_FAILED'],
    ['a string', '"x"', JSON_TYPE, 400, 'VALIDATION_FAILED'],
    ['a prototype key', '{"__proto__":{}}', JSON_TYPE, 400, 'VALIDATION_FAILED'],
    ['a constructor key', '{"constructor":{"prototype":{}}}', JSON_TYPE, 400, 'VALIDATION_FAILED'],
    ['deep nesting', `{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`, JSON_TYPE, 400, 'VALIDATION_FAILED'],
    ['33 KB', JSON.stringify({ name: 'x'.repeat(33 * 1024) }), JSON_TYPE, 413, 'PAYLOAD_TOO_LARGE'],
    ['text', 'name=x', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a form',
      'name=x',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
  ])('answers a body of %s', async (_, body, headers, status, code) => {
    const answer = await post('/v1/things', body, headers);
    expect(answer).toMatchObject({ status, body: { code, instance: '/v1/things' } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(Array.isArray(answer.body.errors)).toBe(status === 400);
  });

  test('names the fields of body and query', async () => {
    const body = (await post('/v1/things', '{"name":"","count":0,"customerId":"c2"}')).body;
    const fields = (errors: unknown) => (errors as { field: string }[]).map(({ field }) => field).sort();
    expect(fields(body.errors)).toEqual(['count', 'customerId', 'name']);
    expect(fields((await request('/v1/things?limit=x&foo=1')).body.errors)).toEqual(['foo', 'limit']);
  });

  test.each([
    ['an unknown path', '/v1/nothing', 404, 'NOT_FOUND'],
    ['a malformed path', '/v1/things/%zz', 400, 'VALIDATION_FAILED'],
    ['an overlong id', `/v1/things/${'x'.repeat(600)}`, 404, 'NOT_FOUND'],
  ])('answers %s', async (_, path, status, code) => {
    expect(await request(path)).toMatchObject({ status, body: { status, code } });
  });

  test('leaks nothing of a bug', async () => {
    const { status, body } = await request('/v1/things/behaviour/bug');
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  test('is given for headers that are too large and for what is not HTTP', async () => {
    const large = await raw(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1.1 431 /);
    expect(large).toContain('"code":"HEADERS_TOO_LARGE"');
    expect(await raw('hello\r\n\r\n')).toContain('"code":"VALIDATION_FAILED"');
  });

  test('ends a request that arrives too slowly', async () => {
    const answer = await raw('POST /v1/things HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{');
    expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
  }, 10_000);
});

describe('authentication', () => {
  test.each([
    ['no token', null],
    ['a token that is none', 'x.y.z'],
  ])('refuses %s with 401 and a challenge', async (_, as) => {
    const { status, headers, body } = await request('/v1/things/1', { as });
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('the write limit', () => {
  const write = (as: string) => request('/v1/things/1/cancel', { method: 'POST', as });

  test('is per user: the sixth write in a second is refused, another user and reads go on', async () => {
    const hammer = await tokenOf('hammer');
    const startedAtMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, () => write(hammer)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body.code).toBe('RATE_LIMITED');
    expect(refused?.headers.get('retry-after')).toBe('1');
    // It is told so a little later, and waits for that alone.
    expect(performance.now() - startedAtMs).toBeGreaterThan(99);
    expect((await write(await tokenOf('other'))).status).toBe(200);
    expect((await request('/v1/things/1', { as: hammer })).status).toBe(200);
  });
});

describe('the deadline', () => {
  test.each([
    ['a handler that hangs', 'hang'],
    ['one that is quick behind a guard that was not', 'late'],
  ])('answers for %s', async (_, behaviour) => {
    const { status, headers, body } = await request(`/v1/things/behaviour/${behaviour}`);
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'DEPENDENCY_UNAVAILABLE' });
    expect(headers.get('retry-after')).toBe('1');
  });
});

describe('with Postgres and Redis down', () => {
  test('is alive, not ready, and says why', async () => {
    expect(await request('/health/live', { as: null })).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    expect(await request('/health/ready', { as: null })).toMatchObject({
      status: 503,
      body: { status: 'unavailable', unavailable: ['postgres'] },
    });
  });

  test('shows its metrics to anybody', async () => {
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toContain('process_cpu_user_seconds_total');
  });
});
