import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createApiClient, type ApiAnswer } from '../support/api-client.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, timed } from '../support/customer.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { startTestRedis, type TestRedis } from '../support/test-redis.ts';
import { waitFor } from '../support/wait.ts';

const ANSWER_LIMIT_MS = 5000;

let database: TestDatabase;
let redis: TestRedis;
let toPostgres: TcpProxy;
let toRedis: TcpProxy;
let cluster: Cluster;

beforeAll(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
  [toPostgres, toRedis] = await Promise.all([startTcpProxy(database.url), startTcpProxy(redis.url)]);
});
afterAll(async () => {
  await Promise.all([toPostgres.stop(), toRedis.stop()]);
  await Promise.all([redis.stop(), database.drop()]);
});

const start = async (bookings: number, orders: number): Promise<ServiceProcess[]> => {
  cluster = await startCluster({
    ...{ bookings, orders, database, redis },
    ...{ databaseUrl: toPostgres.url, redisUrl: toRedis.url },
  });
  return [...cluster.bookings, ...cluster.orders];
};
const probe = async ({ url }: ServiceProcess, path: 'live' | 'ready'): Promise<string> => {
  const { status, body } = await createApiClient(url, null).get(`/health/${path}`);
  return path === 'live' ? String(status) : `${status} ${body.status}`;
};
const isReady = (service: ServiceProcess, expected: string) =>
  waitFor(async () => (await probe(service, 'ready')) === expected, {
    timeoutMs: 20_000,
    describe: `${service.name} to be ${expected}`,
  });

describe('with Postgres out of reach', () => {
  let services: ServiceProcess[];
  let created: { booking: string };
  let customers = 0;

  beforeAll(async () => {
    services = await start(1, 1);
    for (const service of services) await isReady(service, '200 ok');
    const answer = await customerAt(services[0]!, 'before').create();
    created = { booking: answer.body.id };
  });
  afterEach(() => {
    toPostgres.pass();
    toRedis.pass();
  });
  afterAll(() => cluster.stop());

  const everyRequest = (): Promise<ApiAnswer>[] => {
    const [booking, order] = services as [ServiceProcess, ServiceProcess];
    const before = customerAt(booking, 'before');
    return [
      customerAt(booking, `b-${++customers}`).create(),
      customerAt(order, `o-${++customers}`).create(),
      before.cancel(created.booking),
      before.api.get(`/v1/bookings/${created.booking}`),
      before.api.get('/v1/bookings'),
      before.api.get(`/v1/bookings/${created.booking}/history`),
      customerAt(order, 'before').api.get('/v1/active-broadcast'),
    ];
  };

  it.each([
    ['frozen', () => toPostgres.hold()],
    ['partitioned', () => toPostgres.drop()],
    ['gone', () => toPostgres.refuse()],
    [
      'frozen, and Redis too',
      () => {
        toPostgres.hold();
        toRedis.hold();
      },
    ],
  ])('(%s) every request gets 503 within 5 s, and the service heals', async (_, strike) => {
    strike();
    const answers = await Promise.all(everyRequest().map((request) => timed(() => request)));
    for (const { value, ms } of answers) {
      expect(value.status).toBe(503);
      expect(value.body.code).toBe('DEPENDENCY_UNAVAILABLE');
      expect(Number(value.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(ms).toBeLessThan(ANSWER_LIMIT_MS);
    }
    for (const service of services) {
      expect(await probe(service, 'live')).toBe('200');
      await isReady(service, '503 unavailable');
    }
    toPostgres.pass();
    toRedis.pass();
    for (const service of services) {
      await isReady(service, '200 ok');
      const customer = customerAt(service, `healed-${++customers}`);
      await waitFor(async () => (await customer.create()).status === 201, { timeoutMs: 10_000 });
    }
  });
});

describe('a service that starts', () => {
  beforeEach(() => {
    toPostgres.pass();
    toRedis.pass();
  });
  afterEach(() => cluster.stop());

  const connections = async (): Promise<number> => {
    const list = (await redis.client.client('LIST')) as string;
    return list.trim().split('\n').length;
  };
  const settledConnections = async (): Promise<number> => {
    let last = -1;
    return waitFor(
      async () => {
        const now = await connections();
        const isSettled = now === last;
        last = now;
        return isSettled && now;
      },
      { intervalMs: 400, timeoutMs: 10_000 },
    );
  };

  it('with Redis down creates, says degraded, and heals with a constant number of connections', async () => {
    await redis.kill();
    const [service] = await start(1, 0);
    await isReady(service!, '200 degraded');
    expect((await customerAt(service!, 'no-redis').create()).status).toBe(201);
    await redis.restart();
    await isReady(service!, '200 ok');
    const afterStart = await settledConnections();
    for (let restart = 0; restart < 2; restart++) {
      await redis.kill();
      await isReady(service!, '200 degraded');
      await redis.restart();
      await isReady(service!, '200 ok');
      expect(await settledConnections()).toBe(afterStart);
    }
  });

  it('with Postgres down is live and not ready, and then ready', async () => {
    toPostgres.refuse();
    const [service] = await start(1, 0);
    expect(await probe(service!, 'live')).toBe('200');
    expect(await probe(service!, 'ready')).toBe('503 unavailable');
    expect((await customerAt(service!, 'no-postgres').create()).status).toBe(503);
    toPostgres.pass();
    await isReady(service!, '200 ok');
    expect((await customerAt(service!, 'no-postgres').create()).status).toBe(201);
  });

  it.each(['pause', 'kill'] as const)(
    'and is told to stop while Redis is away (%s) ends in order',
    async (how) => {
      const [service] = await start(1, 0);
      await isReady(service!, '200 ok');
      await customerAt(service!, `stopped-${how}`).create();
      await redis[how]();
      const { value, ms } = await timed(() => service!.stop());
      await (how === 'pause' ? redis.resume() : redis.restart());
      expect(value).toEqual({ code: 0, signal: null });
      expect(ms).toBeLessThan(ANSWER_LIMIT_MS);
    },
  );

  it('and is told to stop under load answers every request that it has accepted', async () => {
    const [service] = await start(1, 0);
    await isReady(service!, '200 ok');
    const failures: unknown[] = [];
    const acknowledged: string[] = [];
    const load = Array.from({ length: 8 }, async (_, i) => {
      const customer = customerAt(service!, `drained-${i}`);
      for (;;) {
        try {
          const { status, body } = await customer.create();
          if (status !== 201) failures.push({ status, body });
          acknowledged.push(body.id);
          await customer.cancel(body.id);
        } catch (error) {
          if (codeOf(error) !== 'ECONNREFUSED') failures.push(error);
          return;
        }
      }
    });
    await waitFor(() => acknowledged.length >= 50);
    const exit = await service!.stop();
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(exit).toEqual({ code: 0, signal: null });
    const rows = await database.query('SELECT id FROM bookings WHERE id = ANY ($1::uuid[])', [acknowledged]);
    expect(rows).toHaveLength(acknowledged.length);
  });
});

function codeOf(error: unknown): unknown {
  return (error as { cause?: { code?: unknown } }).cause?.code;
}
