import type { LentCluster } from './cluster-lender.ts';
import type { ReachableCluster } from './cluster.ts';
import { openDatabase } from './test-database.ts';
import { connectTestRedis } from './test-redis.ts';

export interface BorrowedCluster extends ReachableCluster {
  /** Gives it back. Whoever borrows it next finds what this file left in its stores. */
  stop(): Promise<void>;
}

/**
 * Two replicas of each service that no other file uses meanwhile, with EXPIRY_MODE and DISPATCHER_MODE external. They were
 * started for another file perhaps: for tests that leave processes and stores as they are, and name customers of their own
 * (`newName`). All others start a cluster.
 *
 * @throws Error outside of `npm test`, and when the cluster does not come up.
 */
export async function borrowCluster(): Promise<BorrowedCluster> {
  const lender = process.env.TEST_CLUSTER_LENDER_URL;
  if (lender === undefined) throw new Error('There is no cluster to borrow: run the suite with "npm test".');
  const answer = await fetch(lender, { method: 'POST' });
  if (!answer.ok) throw new Error(`No cluster was lent: ${await answer.text()}`);
  const lent = (await answer.json()) as LentCluster;
  const database = openDatabase(lent.databaseUrl);
  const client = await connectTestRedis(lent.redisUrl);
  return {
    database,
    redis: { url: lent.redisUrl, client },
    bookings: lent.bookings.map((url) => ({ name: 'booking-service' as const, url })),
    orders: lent.orders.map((url) => ({ name: 'order-service' as const, url })),
    stop: async () => {
      client.disconnect();
      await database.pool.end();
      await fetch(`${lender}/${lent.id}`, { method: 'DELETE' });
    },
  };
}
