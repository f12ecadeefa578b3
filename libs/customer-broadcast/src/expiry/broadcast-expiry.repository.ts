import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SYSTEM_ACTORS } from '../customer-broadcast.constants.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { runPrepared } from '../postgres/prepared-statement.ts';

/** What one batch did. */
export interface ExpiredBatch {
  readonly expired: number;
  /** The latest deadline in it; null when nothing was due. The next batch begins there. */
  readonly upTo: Date | null;
}

/** Served by the index `ix_<table>_due` over active rows, in the order of their deadlines. */
@Injectable()
export class BroadcastExpiryRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Expires at most `limit` broadcasts whose deadline has passed by the database's clock. Any number of workers may do this
   * at once: rows that another one, or a cancel, has locked are skipped.
   *
   * @param from deadlines before it were handled in this drain; without it every batch would scan the index entries that
   *   the batches before have left dead
   */
  async expireDue(kind: BroadcastKind, from: Date | null, limit: number): Promise<ExpiredBatch> {
    const { rows } = await runPrepared<ExpiredBatch>(
      this.dataSource,
      {
        name: `${kind.table}:expire-due`,
        text: `
          WITH due AS MATERIALIZED (
            SELECT id, expires_at FROM ${kind.table}
             WHERE active_customer_id IS NOT NULL AND expires_at <= clock_timestamp()
               AND expires_at >= coalesce($1, '-infinity'::timestamptz)
             ORDER BY expires_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
          ), expired AS (
            UPDATE ${kind.table} t SET status = 'expired', transition = $3 FROM due WHERE t.id = due.id RETURNING t.id
          )
          SELECT (SELECT count(*) FROM expired)::integer AS expired, (SELECT max(expires_at) FROM due) AS "upTo"`,
      },
      [from, limit, { by: SYSTEM_ACTORS.expiry, reason: 'deadline passed' }],
    );
    return rows[0] ?? { expired: 0, upTo: null };
  }

  /** Milliseconds until the next deadline, by the database's clock; null when nothing is active. */
  async nextDeadlineInMs(kind: BroadcastKind): Promise<number | null> {
    const { rows } = await runPrepared<{ ms: number | null }>(
      this.dataSource,
      {
        name: `${kind.table}:next-deadline`,
        text: `SELECT extract(epoch FROM min(expires_at) - clock_timestamp())::float8 * 1000 AS ms
                 FROM ${kind.table} WHERE active_customer_id IS NOT NULL AND expires_at > clock_timestamp()`,
      },
      [],
    );
    return rows[0]?.ms ?? null;
  }
}
