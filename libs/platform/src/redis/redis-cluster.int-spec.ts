import type { ClientProxy } from '@nestjs/microservices';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { firstValueFrom, timeout } from 'rxjs';
import { startRedisCluster, type TestRedisCluster } from '../../../../test/support/redis-cluster.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.ts';
import { listenForReplies } from '../../test/reply-log.ts';
import { until } from '../../test/redis-server.ts';
import { startTransportService, untilHeard } from '../../test/transport-service.ts';
import type { ServiceApp } from '../bootstrap/service-app.ts';
import { createTransportClient } from './redis-transport.client.ts';

const DATA = { name: 'x', count: 1, actor: { sub: 'c1', role: 'customer' } };
/** Their claims lie on all three nodes; each process of the transport is connected to one. */
const REQUESTS = 60;

let cluster: TestRedisCluster;
let database: TestDatabase;
let client: ClientProxy;
const services: ServiceApp[] = [];

beforeAll(async () => {
  [cluster, database] = await Promise.all([startRedisCluster(), createTestDatabase()]);
});

afterAll(async () => {
  for (const { app } of services) await app.close();
  await client.close();
  await Promise.all([cluster.stop(), database.drop()]);
});

/** A replica on a node of the Cluster, which is heard there. */
async function startReplica(url: string): Promise<void> {
  services.push(await startTransportService(url, database.url));
  const node = new Redis(url);
  await untilHeard(node);
  node.disconnect();
}

test('on a Redis Cluster, every request is answered by exactly one of two replicas, whichever node each is on', async () => {
  const [first, second, third] = cluster.urls;
  await startReplica(first!);
  await startReplica(second!);
  client = createTransportClient(third!);
  const replies = await listenForReplies(third!, 'thing.create');
  const send = (): Promise<unknown> =>
    firstValueFrom(client.send<unknown>('thing.create', DATA).pipe(timeout(4_000)));

  const answers = await Promise.all(Array.from({ length: REQUESTS }, send));
  expect(answers.filter((answer) => (answer as { name: string }).name === 'x')).toHaveLength(REQUESTS);
  await send(); // whoever would have answered a second time has done so before
  await until(() => replies.ids.length > REQUESTS);
  expect(new Set(replies.ids).size).toBe(REQUESTS + 1);
  expect(replies.ids).toHaveLength(REQUESTS + 1);
  replies.stop();
});
