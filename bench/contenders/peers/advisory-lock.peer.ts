import type pg from 'pg';
import type { Peer } from './peer.interface.ts';
import { connect, insertBooking } from './plain-booking.ts';

const ACTIVE = ['created', 'broadcasting', 'active', 'partially_filled'];
const CHECK = `
  SELECT 1 FROM bookings WHERE customer_id = $1 AND status = ANY ($2)
  UNION ALL SELECT 1 FROM orders WHERE customer_id = $1 AND status = ANY ($2) LIMIT 1`;

/** What one would write without any library: a lock of the customer for the transaction, a look at both tables, the insert. */
export class AdvisoryLockPeer implements Peer {
  private readonly pool: pg.Pool;

  constructor(databaseUrl: string) {
    this.pool = connect(databaseUrl);
  }

  async create(customerId: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query({
        name: 'lock',
        text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
        values: [customerId],
      });
      const { rowCount } = await client.query({ name: 'check', text: CHECK, values: [customerId, ACTIVE] });
      if (rowCount !== 0) throw new Error('taken');
      await insertBooking(client, customerId);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  stop(): Promise<void> {
    return this.pool.end();
  }
}
