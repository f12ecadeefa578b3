import type { ClientProxy } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { firstValueFrom, timeout } from 'rxjs';
import { startTcpProxy, type TcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { listenForReplies } from '../../test/reply-log.ts';
import { TestRedis, until } from '../../test/redis-server.ts';
import { startTransportService, untilHeard } from '../../test/transport-service.ts';
import type { ServiceApp } from '../bootstrap/service-app.ts';
import { createTransportClient } from './redis-transport.client.ts';

const DATA = { name: 'x', count: 1, actor: { sub: 'c1', role: 'customer' } };

let database: TestDatabase;
let redis: TestRedis;
let proxy: TcpProxy;
let service: ServiceApp;
let client: ClientProxy;
let admin: Redis;
const unhandled: unknown[] = [];
const collect = (error: unknown): void => void unhandled.push(error);

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  redis = await TestRedis.reserve();
  await redis.start();
  proxy = await startTcpProxy(redis.url);
  admin = new Redis(redis.url);
  unhandled.length = 0;
  process.on('unhandledRejection', collect);
});

afterEach(async () => {
  proxy.pass();
  await service.app.close();
  await client.close();
  await proxy.stop();
  admin.disconnect();
  await redis.stop();
  process.off('unhandledRejection', collect);
});

/** Both over the proxy or as the user in its URL, or each by its own. */
async function start(serviceUrl: string, clientUrl: string): Promise<void> {
  client = createTransportClient(clientUrl);
  service = await startTransportService(serviceUrl, database.url);
}

const create = (limitMs = 1_000): Promise<unknown> =>
  firstValueFrom(client.send<unknown>('thing.create', DATA).pipe(timeout(limitMs)));

const isAnswered = (): Promise<boolean> =>
  create().then(
    () => true,
    () => false,
  );

describe('a service on the Redis transport', () => {
  test('hears again within seconds when its connections were cut in silence', async () => {
    await start(proxy.url, redis.url);
    await untilHeard(admin);
    expect(await isAnswered()).toBe(true);
    proxy.sever();
    await until(isAnswered, 10_000);
    expect(proxy.connections).toBe(2);
  });

  test('answers a client that still waits for something, and whose connections were cut in silence', async () => {
    await start(redis.url, proxy.url);
    const responder = new Redis(redis.url);
    let isAnswering = false;
    responder.on('message', (_channel, message) => {
      const { id } = JSON.parse(message) as { id: string };
      const reply = JSON.stringify({ id, response: 'done', isDisposed: true });
      if (isAnswering) void admin.publish('slow.thing.reply', reply);
    });
    await responder.subscribe('slow.thing');
    // While one waits Nest need not subscribe again: nothing but the ping asks the listening connection.
    const waiting = client.send('slow.thing', {}).subscribe({ error: () => undefined });
    await untilHeard(admin, 'slow.thing.reply');
    proxy.sever();
    isAnswering = true;
    const ask = (): Promise<boolean> =>
      firstValueFrom(client.send('slow.thing', {}).pipe(timeout(1_000))).then(
        () => true,
        () => false,
      );
    await until(ask, 10_000);
    waiting.unsubscribe();
    responder.disconnect();
  });

  test('carries out nothing that it could claim only when nobody waited any more', async () => {
    await start(proxy.url, redis.url);
    await untilHeard(admin);
    const replies = await listenForReplies(redis.url, 'thing.create');

    proxy.hold('up');
    const heldAt = performance.now();
    await admin.publish('thing.create', JSON.stringify({ pattern: 'thing.create', id: 'late', data: DATA }));
    await until(() => performance.now() - heldAt > 5_100, 6_000);
    proxy.pass();
    await until(async () => (await admin.exists('message-claim:thing.create:late')) === 1, 10_000);
    await until(isAnswered, 10_000);
    expect(replies.ids).not.toContain('late');
    replies.stop();
  });

  test('carries out nothing that was on its way for so long that nobody waits any more', async () => {
    await start(proxy.url, redis.url);
    await untilHeard(admin);
    const replies = await listenForReplies(redis.url, 'thing.create');

    const listeningConnections = async (): Promise<string[]> =>
      String(await admin.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).match(/^id=\d+/gm) ?? [];
    const before = await listeningConnections();

    // Later and later, but never silent for as long as would end the connection.
    const startedAt = performance.now();
    const lagMs = (): number => Math.min(5_200, 0.7 * (performance.now() - startedAt));
    proxy.delay(lagMs, 'down');
    await until(() => lagMs() === 5_200, 9_000);
    await admin.publish('thing.create', JSON.stringify({ pattern: 'thing.create', id: 'held', data: DATA }));
    const publishedAt = performance.now();
    await until(() => performance.now() - publishedAt > 100, 1_000);
    // What is sent from now on is fast, claims too; the message and what follows it on its connection are still held up.
    proxy.delay(0);
    await until(() => performance.now() - publishedAt > 5_700, 7_000);
    // The message came: the connection on which it was held up is still the same.
    expect(await listeningConnections()).toEqual(before);
    await until(isAnswered, 10_000);
    expect(replies.ids).not.toContain('held');
    expect(await database.query(`SELECT FROM message_claims WHERE message_id LIKE '%:held'`)).toEqual([]);
    replies.stop();
  });

  test.each([
    ['publish', ['+@all', '-publish', '~*', '&*']],
    ['listen', ['+@all', '~*', 'resetchannels', '&other']],
    ['claim', ['+@all', '-set', '~*', '&*']],
  ])('outlives that it may not %s, and so does its client', async (_, rights) => {
    await admin.acl('SETUSER', 'mute', 'on', '>secret', ...rights);
    const url = redis.url.replace('//', '//mute:secret@');
    await start(url, url);
    expect(await isAnswered()).toBe(false);
    await admin.acl('SETUSER', 'mute', 'reset', 'on', '>secret', '+@all', '~*', '&*');
    await admin.client('KILL', 'USER', 'mute');
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
  });
});
