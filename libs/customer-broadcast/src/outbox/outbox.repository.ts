import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { runPrepared } from '../postgres/prepared-statement.ts';

/** An event that waits to be delivered. The triggers of each kind's table write it with the transition. */
export interface OutboxRow {
  readonly id: string;
  readonly eventId: string;
  readonly type: 'opened' | 'terminal';
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
  readonly status: string;
  readonly occurredAt: Date;
}

/** How long an event that nobody acknowledged waits: doubled each time, from 100 ms to 5 s. */
const BACKOFF = `least(5000, 100 * 2 ^ least(attempts - 1, 10)) * interval '1 millisecond'`;

/** Claims, marks and counts rows of the outbox. */
@Injectable()
export class OutboxRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Takes rows that are due, oldest first, for `leaseMs`; whoever dies with them loses them to the next one after that.
   * Rows behind an undelivered row of the same broadcast are left: that keeps the sequence. No transaction stays open.
   *
   * A function of the database does it, in the only way that stays good whatever Postgres believes of the table; see its
   * migration.
   *
   * @param token identifies this claim; a mark with another token has no effect
   */
  async claim(kinds: readonly string[], token: string, leaseMs: number, limit: number): Promise<OutboxRow[]> {
    const { rows } = await runPrepared<OutboxRow>(
      this.dataSource,
      {
        name: 'customer-broadcast:outbox-claim',
        text: `SELECT id, event_id AS "eventId", type, kind, broadcast_id AS "broadcastId",
                      customer_id AS "customerId", status, occurred_at AS "occurredAt"
                 FROM claim_customer_broadcast_outbox($1, $2, $3 * interval '1 millisecond', $4)`,
      },
      [kinds, token, leaseMs, limit],
    );
    return rows.sort((a, b) => Number(BigInt(a.id) - BigInt(b.id)));
  }

  /** A listener has acknowledged these, and their broadcasts have made their step. */
  async markDelivered(ids: readonly string[], token: string): Promise<void> {
    await runPrepared(
      this.dataSource,
      {
        name: 'customer-broadcast:outbox-delivered',
        // Does not wait for the disk: when a crash takes a mark back, the event is delivered once more.
        text: `UPDATE customer_broadcast_outbox SET delivered_at = clock_timestamp()
                 FROM (SELECT set_config('synchronous_commit', 'off', true)) unhurried
                WHERE id = ANY ($1::bigint[]) AND claimed_by = $2`,
      },
      [ids, token],
    );
  }

  /** Nobody acknowledged these in time, or their broadcasts were locked: they are due again after a pause. */
  async release(ids: readonly string[], token: string): Promise<void> {
    await runPrepared(
      this.dataSource,
      {
        name: 'customer-broadcast:outbox-release',
        text: `UPDATE customer_broadcast_outbox SET claimed_by = NULL, available_at = clock_timestamp() + ${BACKOFF}
                WHERE id = ANY ($1::bigint[]) AND claimed_by = $2 AND delivered_at IS NULL`,
      },
      [ids, token],
    );
  }
}
