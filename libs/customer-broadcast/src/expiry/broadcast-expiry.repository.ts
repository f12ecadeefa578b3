import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SYSTEM_ACTORS, WITH_DEADLINE } from '../customer-broadcast.constants.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { runPrepared } from '../postgres/prepared-statement.ts';

/** A place in the sequence of deadlines. The time is Postgres' own text: a `Date` would cut off its microseconds. */
export interface DeadlinePosition {
  readonly expiresAt: string;
  readonly id: string;
}

/** What one batch did. */
export interface ExpiredBatch {
  readonly expired: number;
  /** The last row of it; null when nothing was due. The next batch begins after it. */
  readonly upTo: DeadlinePosition | null;
  /** The deadlines until then were looked at, by the database's clock; Postgres' own text. */
  readonly asOf: string;
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/**
 * Served by the index `ix_<table>_due` over active rows, sorted by their deadlines. By `statement_timestamp()`: a time
 * that may change within the statement, as that of `clock_timestamp()` does, cannot bound a scan, which then reads whatever
 * is active.
 */
@Injectable()
export class BroadcastExpiryRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Expires at most `limit` broadcasts whose deadline has passed by the database's clock. Any number of workers may do this
   * at once: rows that another one, or a cancel, has locked are skipped.
   *
   * @param after rows up to it were handled in this drain; without it every batch would scan the index entries that the
   *   batches before have left dead. A deadline alone does not do: many rows may have the same.
   */
  async expireDue(kind: BroadcastKind, after: DeadlinePosition | null, limit: number): Promise<ExpiredBatch> {
    const { rows } = await runPrepared<ExpiredBatch>(
      this.dataSource,
      {
        name: `${kind.table}:expire-due`,
        text: `
          WITH due AS MATERIALIZED (
            SELECT id, expires_at FROM ${kind.table}
             WHERE ${WITH_DEADLINE} AND expires_at <= statement_timestamp()
               AND (expires_at, id) > ($1::timestamptz, $2::uuid)
             ORDER BY expires_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
          ), expired AS (
            UPDATE ${kind.table} SET status = $5, transition = $4 WHERE id = ANY (ARRAY(SELECT id FROM due))
            RETURNING id
          )
          SELECT (SELECT count(*) FROM expired)::integer AS expired,
                 (SELECT json_build_object('expiresAt', expires_at::text, 'id', id) FROM due
                   ORDER BY expires_at DESC, id DESC LIMIT 1) AS "upTo",
                 statement_timestamp()::text AS "asOf"`,
      },
      [
        after?.expiresAt ?? '-infinity',
        after?.id ?? NIL_UUID,
        limit,
        { by: SYSTEM_ACTORS.expiry, reason: 'deadline passed' },
        kind.lifecycle.expired,
      ],
    );
    const [batch] = rows;
    if (!batch) throw new Error('A statement of aggregates gave no row.');
    return batch;
  }

  /**
   * Milliseconds until the next deadline, by the database's clock; null when nothing is active.
   *
   * @param asOf of the batch before: what has become due since is the next one, and in no more than 0 ms. What was locked when
   *   that batch looked is not.
   */
  async nextDeadlineInMs(kind: BroadcastKind, asOf: string): Promise<number | null> {
    const { rows } = await runPrepared<{ ms: number | null }>(
      this.dataSource,
      {
        name: `${kind.table}:next-deadline`,
        text: `SELECT extract(epoch FROM min(expires_at) - clock_timestamp())::float8 * 1000 AS ms
                 FROM ${kind.table} WHERE ${WITH_DEADLINE} AND expires_at > $1::timestamptz`,
      },
      [asOf],
    );
    return rows[0]?.ms ?? null;
  }
}
