import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { createApiClient } from '../support/api-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { type EventStream, openEventStream, type StreamOptions } from '../support/event-stream.ts';
import { addTransitions, liveBySql } from '../support/lives.ts';
import { newName } from '../support/requests.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { waitFor } from '../support/wait.ts';

const STOP_LIMIT_MS = 2000;

let database: TestDatabase;
let toPostgres: TcpProxy;
let cluster: Cluster;
const open: EventStream[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  toPostgres = await startTcpProxy(database.url);
  cluster = await startCluster({ database, databaseUrl: toPostgres.url, awaitStores: true });
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.leave();
});
afterAll(async () => {
  await cluster.stop();
  await toPostgres.stop();
  await database.drop();
});

const urlOf = (service: 'booking' | 'order'): string =>
  (service === 'booking' ? cluster.bookings : cluster.orders)[0]!.url;

async function listen(
  sub: string,
  url = urlOf('booking'),
  options: StreamOptions = {},
): Promise<EventStream> {
  const stream = await openEventStream(url, sub, options);
  expect(stream).toMatchObject({ status: 200, contentType: 'text/event-stream' });
  open.push(stream);
  return stream;
}

const metricsOf = async ({ url }: Pick<ServiceProcess, 'url'>): Promise<Record<string, number>> => {
  const { body } = await createApiClient(url, null).get('/metrics');
  const lines = String(body.text).matchAll(/^(\w+)(?:\{[^}]*type="TCPSocketWrap"[^}]*\})? ([\d.]+)$/gm);
  const values: Record<string, number> = {};
  for (const [, name = '', value] of lines) values[name] = Number(value);
  return values;
};
const clientsOf = async (service: Pick<ServiceProcess, 'url'>): Promise<number> =>
  (await metricsOf(service)).customer_broadcast_live_clients ?? NaN;

describe('the live view under faults', () => {
  it('catches up after Postgres was away, without ending the stream', async () => {
    const sub = newName('outage');
    const stream = await listen(sub);
    toPostgres.refuse();
    try {
      await liveBySql(database, sub);
      expect((await openEventStream(urlOf('booking'), sub)).problem).toMatchObject({
        code: 'DEPENDENCY_UNAVAILABLE',
      });
      const resumed = await listen(sub, urlOf('order'), { lastEventId: '0' });
      toPostgres.pass();
      await Promise.all([stream.reached(2), resumed.reached(2)]);
    } finally {
      toPostgres.pass();
    }
    expect(stream).toMatchObject({ isEnded: false, steps: ['booking created', 'booking cancelled'] });
  });

  it('goes on at another replica when its own is killed, and misses nothing', async () => {
    const doomed = await cluster.add('booking-service');
    const sub = newName('killed');
    const stream = await listen(sub, doomed.url);
    await liveBySql(database, sub);
    await stream.reached(2);
    await doomed.kill();
    await waitFor(() => stream.isEnded);
    await liveBySql(database, sub);
    const resumed = await listen(sub, urlOf('order'), { lastEventId: stream.events.at(-1)!.id });
    await liveBySql(database, sub);
    await resumed.reached(4);
    expect(resumed.steps).toHaveLength(4);
  });

  it('ends at once when the process is told to stop, also for clients that do not read', async () => {
    const service = await cluster.add('order-service');
    const behind = newName('behind');
    await addTransitions(database, behind, 60_000);
    const readers = await Promise.all(
      Array.from({ length: 45 }, () => listen(newName('stopped'), service.url)),
    );
    // These are in the middle of a long catch-up, and have stopped reading.
    for (let n = 0; n < 5; n++) {
      const deaf = await listen(behind, service.url, { lastEventId: '0' });
      await deaf.reached(200);
      deaf.pause();
    }
    const startedAt = performance.now();
    const exit = await service.stop();
    expect(performance.now() - startedAt).toBeLessThan(STOP_LIMIT_MS);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(readers.every(({ isEnded }) => isEnded)).toBe(true);
  });

  it('keeps nothing of clients that have gone', async () => {
    const service = await cluster.add('booking-service');
    const connect = async (): Promise<void> => {
      const streams = await Promise.all(
        Array.from({ length: 1000 }, () => openEventStream(service.url, newName('crowd'))),
      );
      expect(await clientsOf(service)).toBe(1000);
      for (const stream of streams) stream.leave();
      await waitFor(async () => (await clientsOf(service)) === 0, {
        timeoutMs: 15_000,
      });
    };
    await connect(); // whatever is made once is made now
    const before = await metricsOf(service);
    await connect();
    await connect();
    const after = await metricsOf(service);
    expect(after.nodejs_active_resources!).toBeLessThan(before.nodejs_active_resources! + 50);
    expect(service.logs().join('\n')).not.toContain('MaxListenersExceededWarning');
    const startedAt = performance.now();
    await service.stop();
    expect(performance.now() - startedAt).toBeLessThan(STOP_LIMIT_MS);
  });

  it('gives a client that reads late everything it missed, in order and from pages', async () => {
    const sub = newName('late');
    await addTransitions(database, sub, 20_000);
    const stream = await listen(sub, urlOf('booking'), { lastEventId: '0' });
    stream.pause();
    await liveBySql(database, sub);
    stream.resume();
    await stream.reached(20_002, 30_000);
    const ids = stream.events.map(({ data }) => data.broadcastId);
    expect(new Set(ids.slice(0, 20_000)).size).toBe(20_000);
    expect(stream.steps.slice(-2)).toEqual(['booking created', 'booking cancelled']);
    expect(stream.events).toHaveLength(20_002);
  });

  it('cuts off a client that never reads, which then goes on where it was', async () => {
    const sub = newName('deaf');
    const stream = await listen(sub);
    await liveBySql(database, sub);
    await stream.reached(2);
    stream.pause();
    const before = await clientsOf(cluster.bookings[0]!);
    // More than the buffers of both kernels and of the stream.
    await addTransitions(database, sub, 60_000);
    await waitFor(async () => (await clientsOf(cluster.bookings[0]!)) < before, { timeoutMs: 20_000 });
    const resumed = await listen(sub, urlOf('order'), { lastEventId: stream.events.at(-1)!.id });
    await resumed.reached(60_000, 30_000);
    expect(resumed.steps).toEqual(Array.from({ length: 60_000 }, () => 'order completed'));
  });
});
