import type { ClientProxy } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { firstValueFrom, timeout } from 'rxjs';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { listenForReplies, type ReplyLog } from '../../test/reply-log.ts';
import { TestRedis, until } from '../../test/redis-server.ts';
import { startTransportService, untilHeard } from '../../test/transport-service.ts';
import type { ServiceApp } from '../bootstrap/service-app.ts';
import { createTransportClient } from './redis-transport.client.ts';

const PATTERN = 'thing.create';
const THING = { name: 'x', count: 1, actor: { sub: 'c1', role: 'customer' } };

let database: TestDatabase;
let redis: TestRedis;
let admin: Redis;
let replies: ReplyLog;
let service: ServiceApp | undefined;
let client: ClientProxy | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

beforeEach(async () => {
  redis = await TestRedis.reserve();
  await redis.start();
  admin = new Redis(redis.url);
  replies = await listenForReplies(redis.url, PATTERN);
});

afterEach(async () => {
  await service?.app.close();
  await client?.close();
  service = client = undefined;
  replies.stop();
  admin.disconnect();
  await redis.stop();
});

async function startService(redisUrl = redis.url): Promise<void> {
  service = await startTransportService(redisUrl, database.url);
  await untilHeard(admin);
}

const connectClient = async (redisUrl = redis.url): Promise<void> => {
  client = createTransportClient(redisUrl);
  await client.connect();
};
const send = (pattern = PATTERN): Promise<unknown> =>
  firstValueFrom(client!.send<unknown>(pattern, THING).pipe(timeout(4_000)));
const inboxes = (): Promise<unknown> => admin.pubsub('CHANNELS', 'reply-inbox.*');
const untilInboxIsHeard = (): Promise<void> =>
  until(async () => ((await inboxes()) as unknown[]).length === 1);

/** How often anybody has entered or left a channel until now. */
async function subscriptions(): Promise<string[]> {
  const statistics = await admin.info('commandstats');
  return [...statistics.matchAll(/^cmdstat_(?:un)?subscribe:calls=\d+/gm)].map(([entry]) => entry);
}

/** A user who may do anything, on these channels only. */
async function userOn(name: string, ...channels: readonly string[]): Promise<string> {
  await admin.acl('SETUSER', name, 'on', '>secret', '~*', '+@all', 'resetchannels', ...channels);
  const url = new URL(redis.url);
  [url.username, url.password] = [name, 'secret'];
  return url.href;
}

/** What was answered on the channel of the pattern until now: the answer to a packet without an inbox comes after it. */
async function answeredThere(metadata?: object): Promise<{ others: string[] }> {
  const id = randomUUID();
  await admin.publish(PATTERN, JSON.stringify({ pattern: PATTERN, id, data: THING, metadata }));
  await until(() => replies.shared.includes(id));
  return { others: replies.shared.filter((other) => other !== id) };
}

describe('an answer', () => {
  test('goes where only the process hears it that asked', async () => {
    await startService();
    await connectClient();
    await untilInboxIsHeard();
    expect(await send()).toEqual(THING);
    expect(await answeredThere()).toEqual({ others: [] });
  });

  test('goes there again after the connections were cut', async () => {
    await startService();
    await connectClient();
    await untilInboxIsHeard();
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await untilHeard(admin);
    await untilInboxIsHeard();
    await until(async () => {
      replies.stop(); // its connection was cut as well, and the first answers may go anywhere
      replies = await listenForReplies(redis.url, PATTERN);
      await send();
      return (await answeredThere()).others.length === 0;
    });
  });

  test.each([
    ['a channel of somebody else', PATTERN],
    ['more than an inbox', `reply-inbox.0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b\n`],
    ['a number', 7],
    ['nothing', null],
  ])('goes to the channel of its pattern when its packet names %s', async (_, replyTo) => {
    await startService();
    const id = randomUUID();
    await admin.publish(
      PATTERN,
      JSON.stringify({ pattern: PATTERN, id, data: THING, metadata: { replyTo } }),
    );
    await until(() => replies.shared.length === 1);
    expect(replies.shared).toEqual([id]);
  });

  test('of a service that may not publish to inboxes goes to the channel of its pattern', async () => {
    await startService(await userOn('service', '&thing.*'));
    await connectClient();
    await untilInboxIsHeard();
    expect(await send()).toEqual(THING);
    await until(() => replies.shared.length === 1);
  });

  test('reaches a client that may not hear an inbox', async () => {
    await startService();
    await connectClient(await userOn('client', '&thing.*'));
    expect(await send()).toEqual(THING);
    expect(await inboxes()).toEqual([]);
  });

  test('of a server that knows no inbox is heard as well, also after the connections were cut', async () => {
    await connectClient();
    await untilInboxIsHeard();
    const server = new Redis(redis.url);
    await server.subscribe('other.thing');
    server.on('message', (pattern: string, message: string) => {
      const { id } = JSON.parse(message) as { id: string };
      void admin.publish(`${pattern}.reply`, JSON.stringify({ id, response: 'done', isDisposed: true }));
    });
    expect(await send('other.thing')).toBe('done');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(async () => (await admin.pubsub('NUMSUB', 'other.thing'))[1] === 1);
    await untilInboxIsHeard();
    expect(await send('other.thing')).toBe('done');
    server.disconnect();
  });

  test('costs no subscription, once its channel is heard', async () => {
    await startService();
    await connectClient();
    await untilInboxIsHeard();
    await send();
    const before = await subscriptions();
    for (let turn = 0; turn < 3; turn++) await Promise.all([send(), send()]);
    expect(await subscriptions()).toEqual(before);
  });
});
