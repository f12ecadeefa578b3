import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';

import { createContext } from './bench-context.ts';
import { startServers, type StartedServers } from './start-servers.ts';

let servers: StartedServers;

beforeAll(async () => {
  servers = await startServers();
}, 60_000);

afterAll(() => servers.stop());

it('a new database has its tables, and no Redis knows anything of the one before', async () => {
  const clients = [servers.redisUrl, ...servers.lockUrls].map((url) => new Redis(url));
  const context = createContext(servers, { rounds: 1, quick: true });
  await (await context.createDatabase()).drop();
  for (const redis of clients) await redis.set('of the one before', 'x');

  const database = await context.createDatabase();

  expect(await Promise.all(clients.map((redis) => redis.dbsize()))).toEqual([0, 0, 0, 0]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  expect((await client.query('SELECT FROM bookings')).rowCount).toBe(0);
  await client.end();
  for (const redis of clients) redis.disconnect();
  await database.drop();
}, 60_000);
