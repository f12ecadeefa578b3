import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createApiClient } from '../support/api-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { validBooking } from '../support/requests.ts';

const OLD_SPACE = /^nodejs_heap_space_size_used_bytes\{space="old"\} (\d+)/m;
const AT_ONCE = 16;
const REQUESTS = 4000;
/** A request that is kept is 5 KB. By growth that has nothing to do with them it is some 60 bytes for each of as many. */
const KEPT_BYTES_LIMIT = 1000;

describe('what a request led to', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ orders: 0, env: { NODE_OPTIONS: '--max-semi-space-size=16' } });
  });

  afterAll(() => cluster.stop());

  async function ask(count: number): Promise<void> {
    const client = createApiClient(cluster.bookings[0]!.url, null);
    let left = count;
    const askInTurn = async (): Promise<void> => {
      while (left-- > 0) expect((await client.post('/v1/bookings', validBooking())).status).toBe(401);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askInTurn));
  }

  async function oldSpaceBytes(): Promise<number> {
    const { body } = await createApiClient(cluster.bookings[0]!.url, null).get('/metrics');
    return Number(OLD_SPACE.exec(String(body.text))![1]);
  }

  it('is not kept beyond its answer until the old space is collected', async () => {
    await ask(REQUESTS);
    const before = await oldSpaceBytes();
    await ask(REQUESTS);
    const kept = ((await oldSpaceBytes()) - before) / REQUESTS;
    expect(kept).toBeLessThan(KEPT_BYTES_LIMIT);
  });
});
