import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startCluster, type Cluster } from '../support/cluster.ts';
import { customerAt, keyOf, median } from '../support/customer.ts';
import { waitFor } from '../support/wait.ts';

const TERMINAL = 'customer-broadcast.terminal';
/** What a listener has from the commit on. */
const LISTENER_LIMIT_MS = 250;

describe('an event of a transition', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster();
    await waitFor(async () => Number((await cluster.redis.client.pubsub('NUMSUB', TERMINAL))[1]) >= 2);
  });
  afterAll(() => cluster.stop());

  const cancelBySql = (id: string) =>
    cluster.database.query(`UPDATE bookings SET status = 'cancelled' WHERE id = $1`, [id]);
  const undelivered = () =>
    cluster.database.query('SELECT id FROM customer_broadcast_outbox WHERE delivered_at IS NULL');
  const allDelivered = () =>
    waitFor(async () => (await undelivered()).length === 0, {
      timeoutMs: 15_000,
      describe: 'an empty outbox',
    });

  it('makes a listener act within 250 ms of the commit', async () => {
    const tookMs: number[] = [];
    for (let i = 0; i < 11; i++) {
      const { body } = await customerAt(cluster.bookings[0]!, `prompt-${i}`).create();
      await allDelivered();
      await cancelBySql(body.id);
      const committedAt = performance.now();
      await waitFor(async () => (await cluster.redis.client.exists(keyOf(`prompt-${i}`))) === 0, {
        intervalMs: 2,
      });
      tookMs.push(performance.now() - committedAt);
    }
    expect(median(tookMs)).toBeLessThan(LISTENER_LIMIT_MS);
  });
});
