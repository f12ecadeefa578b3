import { afterEach, expect, it } from '@jest/globals';

import { createApiClient } from './api-client.ts';
import { type BorrowedCluster, borrowCluster } from './borrowed-cluster.ts';

const borrowed = new Set<BorrowedCluster>();

afterEach(async () => {
  for (const cluster of borrowed) await giveBack(cluster);
});

async function borrow(): Promise<BorrowedCluster> {
  const cluster = await borrowCluster();
  borrowed.add(cluster);
  return cluster;
}

async function giveBack(cluster: BorrowedCluster): Promise<void> {
  borrowed.delete(cluster);
  await cluster.stop();
}

const urlsOf = ({ bookings, orders }: BorrowedCluster): string[] =>
  [...bookings, ...orders].map(({ url }) => url);

it('a cluster is lent to one file at a time, and to the next as it runs', async () => {
  const [first, second] = [await borrow(), await borrow()];
  expect(urlsOf(first)).toHaveLength(4);
  expect(urlsOf(second).filter((url) => urlsOf(first).includes(url))).toEqual([]);

  await giveBack(first);
  const third = await borrow();
  expect(urlsOf(third)).toEqual(urlsOf(first));
  for (const url of urlsOf(third))
    expect((await createApiClient(url, null).get('/health/ready')).status).toBe(200);
});
