import type { ClientProxy } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { firstValueFrom, timeout } from 'rxjs';
import { startTcpProxy, type TcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { TestRedis, until } from '../../test/redis-server.ts';
import { testEnvironment, testModule } from '../../test/service.ts';
import { createServiceApp, type ServiceApp } from '../bootstrap/service-app.ts';
import { createTransportClient } from './redis-transport.client.ts';

const DATA = { name: 'x', count: 1, actor: { sub: 'c1', role: 'customer' } };

let redis: TestRedis;
let proxy: TcpProxy;
let service: ServiceApp;
let client: ClientProxy;
let admin: Redis;
const unhandled: unknown[] = [];
const collect = (error: unknown): void => void unhandled.push(error);

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
  service = await createServiceApp(testModule(testEnvironment({ REDIS_URL: serviceUrl })));
  await service.app.listen(0, '127.0.0.1');
  await service.app.startAllMicroservices();
}

const untilHeard = (): Promise<void> =>
  until(async () => (await admin.pubsub('NUMSUB', 'thing.create'))[1] === 1);

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
    await untilHeard();
    expect(await isAnswered()).toBe(true);
    proxy.sever();
    await until(isAnswered, 10_000);
    expect(proxy.connections).toBe(2);
  });

  test('carries out nothing that it could claim only when nobody waited any more', async () => {
    await start(proxy.url, redis.url);
    await untilHeard();
    const replies: string[] = [];
    const listener = new Redis(redis.url);
    listener.on('message', (_channel, message) => replies.push(message));
    await listener.subscribe('thing.create.reply');

    proxy.hold('up');
    const heldAt = performance.now();
    await admin.publish('thing.create', JSON.stringify({ pattern: 'thing.create', id: 'late', data: DATA }));
    await until(() => performance.now() - heldAt > 5_100, 6_000);
    proxy.pass();
    await until(async () => (await admin.exists('message-claim:thing.create:late')) === 1, 10_000);
    await until(isAnswered, 10_000);
    expect(replies.filter((reply) => reply.includes('"late"'))).toEqual([]);
    listener.disconnect();
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
