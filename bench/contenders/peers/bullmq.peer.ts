import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type pg from 'pg';
import type { Peer } from './peer.interface.ts';
import { connect, insertBooking } from './plain-booking.ts';

/**
 * While a job of the customer is unfinished, no other is added.
 *
 * @see https://docs.bullmq.io/guide/jobs/deduplication
 */
export class BullMqPeer implements Peer {
  private readonly redis: Redis;
  private readonly queue: Queue;
  private readonly pool: pg.Pool;
  private added = 0;

  constructor(databaseUrl: string, redisUrl: string) {
    this.redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    this.queue = new Queue('broadcasts', { connection: this.redis });
    this.pool = connect(databaseUrl);
  }

  async create(customerId: string): Promise<void> {
    // The id of the job that is there comes back for one that was not added.
    const jobId = `job-${++this.added}-${process.pid}`;
    const job = await this.queue.add(
      'broadcast',
      { customerId },
      { jobId, deduplication: { id: customerId } },
    );
    if (job.id !== jobId) throw new Error('taken');
    await insertBooking(this.pool, customerId);
  }

  async stop(): Promise<void> {
    await this.queue.close();
    this.redis.disconnect();
    await this.pool.end();
  }
}
