import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testEnvironment, testModule, tokenOf } from '../../test/service.ts';
import { createServiceApp, type ServiceApp } from '../bootstrap/service-app.ts';

let service: ServiceApp;
let url: string;
let authorization: string;

beforeAll(async () => {
  service = await createServiceApp(testModule(testEnvironment()));
  await service.app.listen(0, '127.0.0.1');
  url = await service.app.getUrl();
  authorization = `Bearer ${await tokenOf('c1')}`;
});

afterAll(() => service.app.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { method, headers: { authorization, ...headers } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const get = (path: string, ifNoneMatch?: string): Promise<Answer> =>
  send('GET', path, ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch });

describe('the tag of a read', () => {
  test('is strong, follows the body, and makes whoever keeps the answer ask again', async () => {
    const [one, again, other] = [
      await get('/v1/things/1'),
      await get('/v1/things/1'),
      await get('/v1/things/2'),
    ];
    expect(one.headers.get('etag')).toMatch(/^"[\w-]{43}"$/);
    expect(again.headers.get('etag')).toBe(one.headers.get('etag'));
    expect(other.headers.get('etag')).not.toBe(one.headers.get('etag'));
    expect(one.headers.get('cache-control')).toBe('private, no-cache');
  });

  test.each<[string, (tag: string) => string]>([
    ['itself', (tag) => tag],
    ['itself, weak', (tag) => `W/${tag}`],
    ['a list that has it', (tag) => `"x,y", W/"z" ,${tag}`],
    ['any', () => '*'],
  ])('is answered with 304 and no body when asked for %s', async (_, header) => {
    const { headers } = await get('/v1/things/1');
    const tag = headers.get('etag')!;
    const answer = await get('/v1/things/1', header(tag));
    expect({ status: answer.status, text: answer.text, tag: answer.headers.get('etag') }).toEqual({
      status: 304,
      text: '',
      tag,
    });
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
    expect(answer.headers.get('content-type')).toBeNull();
  });

  test.each<[string, (tag: string) => string]>([
    ['another', () => '"x"'],
    ['an empty header', () => ''],
    ['it without its quotes', (tag) => tag.slice(1, -1)],
    ['another that contains it', (tag) => `"x${tag.slice(1)}`],
  ])('is answered with the body when asked for %s', async (_, header) => {
    const tag = (await get('/v1/things/1')).headers.get('etag')!;
    expect(await get('/v1/things/1', header(tag))).toMatchObject({ status: 200, text: '{"id":"1"}' });
  });

  test('is the same for HEAD, which has no body', async () => {
    const { headers } = await get('/v1/things/1');
    const head = await send('HEAD', '/v1/things/1');
    expect({ status: head.status, text: head.text }).toEqual({ status: 200, text: '' });
    expect(head.headers.get('etag')).toBe(headers.get('etag'));
    expect((await send('HEAD', '/v1/things/1', { 'if-none-match': '*' })).status).toBe(304);
  });

  test('is on no write, no refusal, no probe and no metric', async () => {
    const write = await send('POST', '/v1/things/1/cancel', { 'if-none-match': '*' });
    expect({ status: write.status, cache: write.headers.get('cache-control') }).toEqual({
      status: 200,
      cache: 'no-store',
    });
    const refusal = await send('GET', '/v1/things?limit=x', { 'if-none-match': '*' });
    expect(refusal.status).toBe(400);
    const others = await Promise.all(
      ['/health/live', '/health/ready', '/metrics'].map((path) => get(path, '*')),
    );
    expect(others.map(({ status }) => status)).toEqual([200, 503, 200]);
    for (const { headers } of [write, refusal, ...others]) expect(headers.get('etag')).toBeNull();
  });
});

describe('a method that a path does not have', () => {
  test.each([
    ['PUT', '/v1/things', 'GET, HEAD, POST'],
    ['DELETE', '/v1/things/1?x=1', 'GET, HEAD'],
    ['PATCH', '/v1/things/1/cancel', 'POST'],
    ['GET', '/v1/things/1/cancel', 'POST'],
    ['OPTIONS', '/v1/things', 'GET, HEAD, POST'],
    ['POST', '/health/live', 'GET, HEAD'],
  ])('%s %s is answered with 405 and those that it has', async (method, path, allow) => {
    const answer = await send(method, path);
    expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({ status: 405, allow });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'METHOD_NOT_ALLOWED',
      status: 405,
      instance: path.split('?')[0],
    });
  });

  test('is refused before its body is read', async () => {
    const headers = { 'content-type': 'text/plain' };
    const response = await fetch(`${url}/v1/things`, { method: 'PUT', headers, body: 'x'.repeat(40_000) });
    expect(response.status).toBe(405);
  });

  test.each(['/v1', '/v1/nothing', '/v1/things/1/x', '/v1/things/'])(
    'is not what is wrong with the unknown path %s',
    async (path) => {
      for (const method of ['GET', 'PUT']) expect((await send(method, path)).status).toBe(404);
    },
  );
});
