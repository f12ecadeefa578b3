import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createApiClient } from '../support/api-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';

const NEW_SPACE = /^nodejs_heap_space_size_total_bytes\{space="new"\} (\d+)/m;
/** Loading the modules fills it to twice the 16 MB of a half. */
const NEW_SPACE_LIMIT_BYTES = 16 * 1024 * 1024;

describe('a service that is ready', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ orders: 0, env: { NODE_OPTIONS: '--max-semi-space-size=16' } });
  });

  afterAll(() => cluster.stop());

  it('has given back the memory that only its start needed', async () => {
    const { body } = await createApiClient(cluster.bookings[0]!.url, null).get('/metrics');
    expect(Number(NEW_SPACE.exec(String(body.text))![1])).toBeLessThan(NEW_SPACE_LIMIT_BYTES);
  });
});
