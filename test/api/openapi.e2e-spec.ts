import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createApiClient } from '../support/api-client.ts';
import { type BorrowedCluster, borrowCluster } from '../support/borrowed-cluster.ts';
import { Contract, type Document, type ExpectedAnswer, type Json } from '../support/openapi.ts';
import { type Instances, type Scene, scenarioOf, send } from '../support/openapi-scenarios.ts';
import { listRoutes, NOWHERE } from '../support/openapi-router.ts';
import { clientOf, createBroadcast, KINDS, newName, pathOf, replicasOf } from '../support/requests.ts';
import { type ServiceProcess, startService } from '../support/service-process.ts';
import { malformedCreates } from './malformed-bodies.ts';

const NAMES = { booking: 'booking-service', order: 'order-service' } as const;

/** `default` stands for a bug of ours, which no client can provoke from outside; how it looks is tested in libs/platform. */
const UNPROVOKED = 'default';

const nameOf = ({ operation, status, code }: ExpectedAnswer): string =>
  [operation.operationId, status, code].filter(Boolean).join(' ');

/** Every value under a key of this name, anywhere, with where it is. */
function findAll(
  node: unknown,
  key: string,
  at = '#',
): { readonly at: string; readonly value: unknown; readonly host: Json }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node as Json).flatMap(([name, value]) => [
    ...(name === key ? [{ at, value, host: node as Json }] : []),
    ...findAll(value, key, `${at}/${name}`),
  ]);
}

describe.each(KINDS)('the document of the service of a %s', (kind) => {
  let cluster: BorrowedCluster;
  let limited: ServiceProcess;
  let broken: ServiceProcess;
  let urls: Instances;
  let scene: Scene;
  let contract: Contract;

  beforeAll(async () => {
    cluster = await borrowCluster();
    const redisUrl = cluster.redis.url;
    const env = { DISPATCHER_MODE: 'external', RATE_LIMIT_PER_ADDRESS_PER_SECOND: '1' };
    [limited, broken] = await Promise.all([
      startService(NAMES[kind], { databaseUrl: cluster.database.url, redisUrl, env }),
      startService(NAMES[kind], { databaseUrl: NOWHERE, redisUrl }),
    ]);
    urls = { healthy: replicasOf(cluster, kind)[0]!.url, limited: limited.url, broken: broken.url };
    scene = { kind, urls, database: cluster.database };
    const answer = await createApiClient(urls.healthy, null).get('/docs-json');
    contract = new Contract(answer.body as unknown as Document);
  });

  afterAll(async () => {
    await Promise.all([limited.stop(), broken.stop()]);
    await cluster.stop();
  });

  it('is one of OpenAPI 3.1, is the service’s own, and needs no database', async () => {
    const { openapi, info, components } = contract.document;
    expect({ openapi, title: info.title }).toEqual({ openapi: '3.1.0', title: NAMES[kind] });
    expect(info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(components).toMatchObject({ securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } });
    expect((await createApiClient(urls.broken, null).get('/docs-json')).body).toEqual(contract.document);
  });

  it('resolves every reference, and has nothing that is not referred to', () => {
    const schemas = Object.keys(contract.document.components.schemas);
    const refs = new Set(findAll(contract.document, '$ref').map(({ value }) => String(value)));
    expect([...refs].sort()).toEqual(schemas.map((name) => `#/components/schemas/${name}`).sort());
    expect(findAll(contract.document, 'nullable')).toEqual([]);
    for (const schema of schemas) contract.faultsOf(null, { $ref: `#/components/schemas/${schema}` });
  });

  it('describes every operation whole', () => {
    const ids = contract.operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const {
      operationId,
      path,
      method,
      summary,
      tags,
      security,
      parameters,
      responses,
    } of contract.operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      expect({ operationId, inPath }).toEqual({ operationId, inPath: path.match(/\{\w+\}/g) ?? [] });
      expect(operationId).toMatch(/^[a-z]\w+$/);
      expect(summary).not.toBe('');
      expect(tags).toHaveLength(1);
      const isOurs = path.startsWith('/v1/');
      expect({ operationId, security }).toEqual({ operationId, security: isOurs ? [{ bearer: [] }] : [] });
      const statuses = Object.keys(responses);
      if (isOurs) expect(statuses).toEqual(expect.arrayContaining(['401', '403', '429', '503', 'default']));
      const isCommand = method === 'post';
      expect(parameters.some(({ name }) => name === 'Idempotency-Key')).toBe(isCommand);
      if (isCommand) expect(statuses).toEqual(expect.arrayContaining(['400', '413', '415', '422']));
    }
    const limit = contract.operations.find(({ operationId }) => operationId.startsWith('list'))!
      .parameters[0];
    expect(limit).toMatchObject({
      name: 'limit',
      schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    });
  });

  it('has an example of every JSON that goes in or out, and each is valid', () => {
    const media = findAll(contract.document.paths, 'content').flatMap(({ at, value }) =>
      Object.entries(value as Record<string, Json>).map(([type, content]) => ({ at, type, content })),
    );
    const faults = media.flatMap(({ at, type, content: { schema, example, examples } }) => {
      const all = [
        example,
        ...Object.values((examples ?? {}) as Record<string, { value: unknown }>).map(({ value }) => value),
      ];
      const given = all.filter((one) => one !== undefined);
      if (type.endsWith('json') && given.length === 0) return [`${at} has no example`];
      return given.flatMap((one) => contract.faultsOf(one, schema).map((fault) => `${at}: ${fault}`));
    });
    const ofFields = findAll(contract.document.components, 'example').flatMap(({ at, value, host }) =>
      contract.faultsOf(value, host).map((fault) => `${at}: ${fault}`),
    );
    expect([...faults, ...ofFields]).toEqual([]);
  });

  /** What JSON Schema cannot say without an unreadable pattern. */
  const BEYOND_SCHEMA = /U\+0000|surrogate/;

  it('refuses in its schema of a create what the service refuses', () => {
    const create = contract.operations.find(({ operationId }) => operationId.startsWith('create'))!;
    const { schema } = create.requestBody!.content['application/json']!;
    const taken = malformedCreates(kind)
      .filter(([title]) => !BEYOND_SCHEMA.test(title))
      .filter(([, , body]) => contract.faultsOf(JSON.parse(body), schema).length === 0);
    expect(taken.map(([title]) => title)).toEqual([]);
  });

  it('has every route that the router has, and no other', async () => {
    const documented = contract.operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    // The page's own files are part of the page.
    const routes = (await listRoutes(kind)).filter((route) => !route.startsWith('GET /docs'));
    expect(routes).toEqual(documented.filter((route) => !route.startsWith('GET /docs')).sort());
    for (const path of ['/docs', '/docs-json']) expect(documented).toContain(`GET ${path}`);
  });

  it('has a page, from this server alone', async () => {
    const page = await fetch(`${urls.healthy}/docs`);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain(`<title>${NAMES[kind]}</title>`);
    const files = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(
      ([, file = '']) => new URL(file, page.url),
    );
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect(file.origin).toBe(urls.healthy);
      expect((await fetch(file)).status).toBe(200);
    }
  });

  it('has a scenario for each answer', () => {
    const missing = contract.expectedAnswers
      .filter(({ status }) => status !== UNPROVOKED)
      .filter((expected) => scenarioOf(expected, kind) === null);
    expect(missing.map(nameOf)).toEqual([]);
  });

  it('is kept to by every answer of every operation', async () => {
    const faults: string[] = [];
    let seen = 0;
    for (const expected of contract.expectedAnswers) {
      const prepare = expected.status === UNPROVOKED ? null : scenarioOf(expected, kind);
      if (!prepare) continue;
      const { operation, status, code } = expected;
      const scenario = await prepare(scene, operation);
      let answer = await send(scene, operation, scenario);
      for (let tries = 1; tries < (scenario.tries ?? 1) && String(answer.status) !== status; tries++) {
        answer = await send(scene, operation, scenario);
      }
      await scenario.after?.();
      seen += 1;
      const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json');
      const got = isProblem ? (JSON.parse(answer.text) as { code: string }).code : null;
      if (String(answer.status) !== status || got !== code) {
        faults.push(`${nameOf(expected)}: got ${answer.status} ${got ?? ''}: ${answer.text.slice(0, 300)}`);
      }
      faults.push(
        ...contract.faultsOfAnswer(answer, operation).map((fault) => `${nameOf(expected)}: ${fault}`),
      );
    }
    expect(faults).toEqual([]);
    expect(seen).toBeGreaterThan(100);
  });

  it('has no route with an id over which a customer reaches another’s broadcast', async () => {
    const owner = clientOf(cluster, kind);
    const { id } = await createBroadcast(owner, kind);
    const read = async () => (await owner.get(pathOf(kind, id, 'history'))).body;
    const before = JSON.stringify(
      (await read()).items!.filter(({ by }) => !String(by).startsWith('system:')),
    );
    const routes = contract.operations.filter(({ path }) => path.includes('{id}'));
    expect(routes.length).toBeGreaterThanOrEqual(7);
    for (const operation of routes) {
      const as = { sub: newName('stranger'), role: 'customer' } as const;
      const { status } = await send(scene, operation, { as, id });
      const expected = operation.roles!.includes('customer') ? 404 : 403;
      expect({ operation: operation.operationId, status }).toEqual({
        operation: operation.operationId,
        status: expected,
      });
    }
    const after = (await read()).items!.filter(({ by }) => !String(by).startsWith('system:'));
    expect(JSON.stringify(after)).toBe(before);
  });
});
