import type { ClientProxy } from '@nestjs/microservices';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { firstValueFrom, timeout } from 'rxjs';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { TestRedis, until } from '../../test/redis-server.ts';
import { heard } from '../../test/service.ts';
import { startTransportService, untilHeard } from '../../test/transport-service.ts';
import type { ServiceApp } from '../bootstrap/service-app.ts';
import { createTransportClient } from './redis-transport.client.ts';
import { redisTransportOptions } from './redis-transport.options.ts';
import { HealingRedisServer } from './redis-transport.server.ts';

const THING = { name: 'x', count: 1, actor: { sub: 'c1', role: 'customer' } };
const PREFIXES = ['green:', 'blue:', ''];
const EACH = PREFIXES.map((prefix, index): [string, number] => [prefix, index]);

describe('deployments with prefixes of their own on one Redis', () => {
  let redis: TestRedis;
  let admin: Redis;
  const databases: TestDatabase[] = [];
  const services: ServiceApp[] = [];
  const clients: ClientProxy[] = [];

  beforeAll(async () => {
    redis = await TestRedis.reserve();
    await redis.start();
    admin = new Redis(redis.url);
    for (const [index, prefix] of PREFIXES.entries()) {
      const database = await createTestDatabase();
      databases.push(database);
      // Another database number each, which keeps no channel apart.
      const url = `${redis.url}/${index}`;
      services.push(await startTransportService(url, database.url, { REDIS_PREFIX: prefix }));
      await untilHeard(admin, `${prefix}thing.create`);
      const client = createTransportClient(url, prefix);
      await client.connect();
      clients.push(client);
    }
  });

  afterEach(() => {
    heard.length = 0;
  });

  afterAll(async () => {
    for (const client of clients) await client.close();
    for (const { app } of services) await app.close();
    admin.disconnect();
    await redis.stop();
    for (const database of databases) await database.drop();
  });

  /** How many requests each deployment has carried out until now. */
  const claims = (): Promise<number[]> =>
    Promise.all(
      databases.map(
        async (database) =>
          (await database.query<{ n: number }>('SELECT count(*)::int AS n FROM message_claims'))[0]!.n,
      ),
    );

  test.each(EACH)('answer the requests of their own clients alone: %j', async (_, index) => {
    const before = await claims();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        firstValueFrom(clients[index]!.send<unknown>('thing.create', THING).pipe(timeout(4_000))),
      ),
    );
    expect(answers).toEqual(Array(20).fill(THING));
    const after = before.map((count, other) => count + (other === index ? 20 : 0));
    expect(await claims()).toEqual(after);
  });

  test.each(EACH)('hear their own events alone: %j', async (_, index) => {
    await firstValueFrom(clients[index]!.emit('thing.happened', { index }));
    await until(() => heard.length > 0);
    // A request comes after it on the same connection of each deployment.
    await Promise.all(
      clients.map((client) => firstValueFrom(client.send('thing.create', THING).pipe(timeout(4_000)))),
    );
    expect(heard).toEqual([{ index }]);
  });

  test('have every channel and every key under the prefix', async () => {
    await firstValueFrom(clients[0]!.send('thing.create', THING).pipe(timeout(4_000)));
    const channels = (await admin.pubsub('CHANNELS', 'green:*')) as string[];
    const names = channels.map((channel) => channel.replace(/[0-9a-f-]{36}$/, '<id>'));
    expect(new Set(names)).toEqual(
      new Set([
        'green:thing.create',
        'green:thing.create.reply',
        'green:thing.happened',
        'green:thing.take',
        'green:reply-inbox.<id>',
      ]),
    );
    await admin.select(0);
    const keys = await admin.keys('*');
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key) => !key.startsWith('green:message-claim:thing.create:'))).toEqual([]);
  });
});

describe('a server on a database number', () => {
  const warnings = (db: number, prefix: string): unknown[] => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const server = new HealingRedisServer(redisTransportOptions(`redis://127.0.0.1:1/${db}`, prefix));
    server.warnOfSharedChannels();
    const said = warn.mock.calls.map(([text]) => text as unknown);
    warn.mockRestore();
    return said;
  };

  test('warns that its channels are shared, unless it has a prefix', () => {
    expect(warnings(3, '')).toEqual([expect.stringMatching(/^Redis database 3 .* Set REDIS_PREFIX/)]);
    expect(warnings(3, 'staging:')).toEqual([]);
    expect(warnings(0, '')).toEqual([]);
  });
});
