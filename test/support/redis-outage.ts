import { createApiClient } from './api-client.ts';
import type { Cluster } from './cluster.ts';
import type { ServiceProcess } from './service-process.ts';
import { waitFor } from './wait.ts';

/** The two ways in which Redis goes away: its connections are refused, or they stay open and nothing is answered. */
export const OUTAGE = {
  killed: { strike: (c: Cluster) => c.redis.kill(), heal: (c: Cluster) => c.redis.restart() },
  frozen: { strike: (c: Cluster) => c.redis.pause(), heal: (c: Cluster) => c.redis.resume() },
} as const;

/** Waits until every one of the services answers its readiness probe so: status and body. */
export async function untilEverywhere(services: readonly ServiceProcess[], state: string): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    (await Promise.all(services.map(readiness))).every((seen) => seen === state);
  await waitFor(isThere, { timeoutMs: 10_000, describe: `every replica to say ${state}` });
}

async function readiness(service: ServiceProcess): Promise<string> {
  const { status, body } = await createApiClient(service.url, null).get('/health/ready');
  return `${status} ${JSON.stringify(body)}`;
}
