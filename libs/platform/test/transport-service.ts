import type { Redis } from 'ioredis';
import { createServiceApp, type ServiceApp } from '../src/bootstrap/service-app.ts';
import { until } from './redis-server.ts';
import { testEnvironment, testModule } from './service.ts';

/** The test service on HTTP and on the Redis transport, which it joins in its own time: see {@link untilHeard}. */
export async function startTransportService(
  redisUrl: string,
  databaseUrl: string,
  more: NodeJS.ProcessEnv = {},
): Promise<ServiceApp> {
  const env = testEnvironment({ REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, ...more });
  const service = await createServiceApp(testModule(env));
  await service.app.listen(0, '127.0.0.1');
  await service.app.startAllMicroservices();
  return service;
}

/** Until one connection of that Redis listens to the channel. */
export function untilHeard(redis: Redis, channel = 'thing.create'): Promise<void> {
  return until(async () => (await redis.pubsub('NUMSUB', channel))[1] === 1);
}
