import type { ClientProxy } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { firstValueFrom, timeout } from 'rxjs';
import { createNestClient } from '../../../../test/support/nest-client.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { listenForReplies } from '../../test/reply-log.ts';
import { TestRedis, until } from '../../test/redis-server.ts';
import { heard } from '../../test/service.ts';
import { startTransportService, untilHeard } from '../../test/transport-service.ts';
import type { ServiceApp } from '../bootstrap/service-app.ts';
import { drainAndClose } from '../bootstrap/drain.ts';

const ACTOR = { sub: 'c1', role: 'customer' };

let database: TestDatabase;
let redis: TestRedis;
let service: ServiceApp;
let client: ClientProxy;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  redis = await TestRedis.reserve();
  client = createNestClient(redis.url);
});

afterEach(async () => {
  redis.thaw();
  await service.app.close();
  await client.close();
  await redis.stop();
});

async function startService(databaseUrl = database.url): Promise<void> {
  service = await startTransportService(redis.url, databaseUrl);
}

const send = (pattern: string, payload: unknown) =>
  firstValueFrom(client.send<unknown>(pattern, payload).pipe(timeout(4_000)));

/** Connections that subscribe, and all others but the one that counts. */
async function connections(): Promise<number> {
  const admin = new Redis(redis.url);
  const list = (await admin.client('LIST')) as string;
  admin.disconnect();
  return list.trim().split('\n').length - 1;
}

async function untilSubscribed(): Promise<void> {
  const admin = new Redis(redis.url);
  await untilHeard(admin);
  admin.disconnect();
}

describe('a service on the Redis transport', () => {
  test('starts while Redis is down, joins over two connections, and joins again after a restart', async () => {
    await startService();
    await redis.start();
    await untilSubscribed();
    expect(await connections()).toBe(2);

    await redis.stop();
    await redis.start();
    await untilSubscribed();
    expect(await connections()).toBe(2);

    expect(await send('thing.create', { name: ' x ', count: 1, actor: ACTOR })).toEqual({
      name: 'x',
      count: 1,
      actor: ACTOR,
    });
    await drainAndClose(service);
    expect(await connections()).toBe(2); // the client's
  });

  test('answers with the problem that HTTP would give', async () => {
    await redis.start();
    await startService();
    await untilSubscribed();
    await expect(send('thing.take', {})).rejects.toEqual({
      type: '/problems/thing-taken',
      title: 'Taken',
      status: 409,
      detail: 'It is taken.',
      instance: 'thing.take',
      code: 'THING_TAKEN',
      by: 'you',
    });
  });

  test.each([
    ['fields that are wrong or unknown', { name: '', customerId: 'c2', actor: ACTOR }, 'VALIDATION_FAILED'],
    ['no actor', { name: 'x', count: 1 }, 'UNAUTHENTICATED'],
    [
      'an actor whose role is unknown',
      { name: 'x', count: 1, actor: { sub: 'c1', role: 'king' } },
      'UNAUTHENTICATED',
    ],
    [
      'an actor whose sub has a space',
      { name: 'x', count: 1, actor: { ...ACTOR, sub: 'c 1' } },
      'UNAUTHENTICATED',
    ],
    ['a list', [], 'UNAUTHENTICATED'],
  ])('refuses a message with %s', async (_, payload, code) => {
    await redis.start();
    await startService();
    await untilSubscribed();
    await expect(send('thing.create', payload)).rejects.toMatchObject({ code, instance: 'thing.create' });
  });

  test('carries a message out once, also when Redis has forgotten who has', async () => {
    await redis.start();
    await startService();
    await untilSubscribed();
    const admin = new Redis(redis.url);
    const replies = await listenForReplies(redis.url, 'thing.create');
    const publish = (id: string): Promise<number> =>
      admin.publish(
        'thing.create',
        JSON.stringify({ pattern: 'thing.create', id, data: { name: 'x', count: 1, actor: ACTOR } }),
      );
    await publish('again');
    await until(() => replies.ids.length === 1);
    await admin.flushall();
    await publish('again');
    await until(async () => (await admin.exists('message-claim:thing.create:again')) === 1);
    await publish('next');
    await until(() => replies.ids.includes('next'));
    expect(replies.ids).toEqual(['again', 'next']);
    replies.stop();
    admin.disconnect();
  });

  test('answers 503 while Postgres is away', async () => {
    await redis.start();
    await startService('postgres://nobody@127.0.0.1:1/none');
    await untilSubscribed();
    await expect(send('thing.create', { name: 'x', count: 1, actor: ACTOR })).rejects.toMatchObject({
      status: 503,
      code: 'DEPENDENCY_UNAVAILABLE',
      instance: 'thing.create',
    });
  });

  test('hears events after a restart of Redis', async () => {
    await redis.start();
    await startService();
    await untilSubscribed();
    await redis.stop();
    await redis.start();
    await untilSubscribed();
    heard.length = 0;
    await firstValueFrom(client.emit('thing.happened', { id: 1 }), { defaultValue: undefined });
    await until(() => heard.length > 0);
    expect(heard).toEqual([{ id: 1 }]);
  });

  test('stops while Redis is frozen', async () => {
    await redis.start();
    await startService();
    await untilSubscribed();
    redis.freeze();
    const start = performance.now();
    await drainAndClose(service);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
