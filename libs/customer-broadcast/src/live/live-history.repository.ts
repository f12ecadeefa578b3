import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { BroadcastTransition } from '../lifecycle/broadcast-history.repository.ts';
import { runPrepared } from '../postgres/prepared-statement.ts';
import { HistoryPosition, type IdRange } from './history-position.ts';

/** A row of the history, whoever wrote it. */
export interface RecordedTransition extends BroadcastTransition {
  readonly id: number;
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
}

export interface HistoryPage {
  /** Sorted by their ids; all that were visible if there are fewer than was asked for. */
  readonly rows: RecordedTransition[];
  /** Every transaction with a lower number had ended when the page was read. */
  readonly oldestRunning: bigint;
  /** Higher than the number of every transaction that could write when the page was read; null if not asked for. */
  readonly bound: bigint | null;
}

/**
 * How many ids below the last are looked at when the tail begins. A transaction that took its id before that, and is
 * still open, is not waited for. Read from the primary key alone, in a few milliseconds.
 */
const START_WINDOW = 10_000;

const COLUMNS = `id, kind, broadcast_id AS "broadcastId", customer_id AS "customerId", from_status AS "from",
  to_status AS "to", changed_at AS "at", changed_by AS "by", reason`;

type Row = Omit<RecordedTransition, 'id'> & { readonly id: string | null };
type PageRow = Row & { readonly oldestRunning: string; readonly bound: string | null };

/** Reads the history by id: the tail of everybody's, and what a customer has missed. */
@Injectable()
export class LiveHistoryRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Where the history stands now: everything visible was had, and what is missing between the ids may still come. */
  async present(): Promise<HistoryPosition> {
    const { rows } = await runPrepared<{ low: string; high: string; last: string }>(
      this.dataSource,
      {
        name: 'customer-broadcast:live-present',
        text: `
          WITH recent AS (SELECT id, lead(id) OVER (ORDER BY id) AS next FROM
            (SELECT id FROM customer_broadcast_transitions ORDER BY id DESC LIMIT ${START_WINDOW}) ids)
          SELECT id + 1 AS low, next - 1 AS high, (SELECT max(id) FROM recent) AS last
            FROM recent WHERE next > id + 1 OR next IS NULL ORDER BY id`,
      },
      [],
    );
    const gaps = rows.slice(0, -1).map(({ low, high }) => ({ low: Number(low), high: Number(high) }));
    return HistoryPosition.at(Number(rows[0]?.last ?? 0), gaps);
  }

  /**
   * The next rows of all customers that are wanted, with what the snapshot of this very statement says about who is
   * still writing. Served by the primary key, one range after the other.
   *
   * @param wantsBound takes a transaction number, as each write does
   */
  async follow(position: HistoryPosition, wantsBound: boolean, limit: number): Promise<HistoryPage> {
    const { rows } = await runPrepared<PageRow>(
      this.dataSource,
      {
        name: 'customer-broadcast:live-follow',
        text: `
          SELECT page.*, now.oldest AS "oldestRunning", now.bound
            FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest,
                         CASE WHEN $3::boolean THEN pg_current_xact_id()::text END AS bound) now
            LEFT JOIN (SELECT t.* FROM unnest($1::bigint[], $2::bigint[]) AS wanted (low, high)
                        CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM customer_broadcast_transitions
                                             WHERE id BETWEEN low AND high ORDER BY id LIMIT $4) t
                        ORDER BY t.id LIMIT $4) page ON true
           ORDER BY page.id`,
      },
      [...boundsOf(position.wanted), wantsBound, limit],
    );
    const [first] = rows;
    return {
      rows: rows.filter(({ id }) => id !== null).map(present),
      oldestRunning: BigInt(first?.oldestRunning ?? 0),
      bound: first?.bound ? BigInt(first.bound) : null,
    };
  }

  /** A customer's own rows in these ranges, sorted by their ids. Served by `ix_…_transitions_customer`. */
  async listOf(customerId: string, ranges: readonly IdRange[], limit: number): Promise<RecordedTransition[]> {
    const { rows } = await runPrepared<Row>(
      this.dataSource,
      {
        name: 'customer-broadcast:live-missed',
        text: `
          SELECT t.* FROM unnest($1::bigint[], $2::bigint[]) AS missed (low, high)
           CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM customer_broadcast_transitions
                                WHERE customer_id = $3 AND id BETWEEN low AND high ORDER BY id LIMIT $4) t
           ORDER BY t.id LIMIT $4`,
      },
      [...boundsOf(ranges), customerId, limit],
    );
    return rows.map(present);
  }
}

function boundsOf(ranges: readonly IdRange[]): [number[], number[]] {
  return [ranges.map(({ low }) => low), ranges.map(({ high }) => high)];
}

function present(row: Row): RecordedTransition {
  return { ...row, id: Number(row.id) };
}
