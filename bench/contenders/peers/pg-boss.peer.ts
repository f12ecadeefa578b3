import type pg from 'pg';
import { PgBoss } from 'pg-boss';
import type { Peer } from './peer.interface.ts';
import { connect, insertBooking } from './plain-booking.ts';

const QUEUE = 'broadcasts';

/**
 * One job of a customer is queued or active at a time.
 *
 * @see https://github.com/timgit/pg-boss/blob/master/docs/api/queues.md `exclusive`
 */
export class PgBossPeer implements Peer {
  private constructor(
    private readonly boss: PgBoss,
    private readonly pool: pg.Pool,
  ) {}

  static async start(databaseUrl: string): Promise<PgBossPeer> {
    const pool = connect(databaseUrl);
    const boss = new PgBoss({ connectionString: databaseUrl, max: pool.options.max });
    await boss.start();
    await boss.createQueue(QUEUE, { policy: 'exclusive' });
    return new PgBossPeer(boss, pool);
  }

  async create(customerId: string): Promise<void> {
    const job = await this.boss.send(QUEUE, { customerId }, { singletonKey: customerId });
    if (job === null) throw new Error('taken');
    await insertBooking(this.pool, customerId);
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: false });
    await this.pool.end();
  }
}
