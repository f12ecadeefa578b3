import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { runPrepared } from '../postgres/prepared-statement.ts';

/** What grows with every broadcast and is not needed for ever. */
export type PrunedTable = 'outbox' | 'transitions';

/** What one batch did. */
export interface PrunedBatch {
  /** Where the next one goes on; null when there was nothing to look at. */
  readonly lastId: string | null;
  readonly deleted: number;
}

/** Deletes events that were delivered, and transitions, when they are old. */
@Injectable()
export class RetentionRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Looks at the next `limit` rows after `after`, sorted by their ids, and deletes those that are old. Rows that somebody
   * else has locked are passed over, and so is an event that was not delivered, however old.
   *
   * @param olderThanHours 1 or more; Postgres refuses less
   */
  async prune(
    table: PrunedTable,
    after: string,
    olderThanHours: number,
    limit: number,
  ): Promise<PrunedBatch> {
    const { rows } = await runPrepared<{ lastId: string | null; deleted: number }>(
      this.dataSource,
      {
        name: `customer-broadcast:prune-${table}`,
        text: `SELECT last_id AS "lastId", deleted FROM prune_customer_broadcast_${table}($1, $2 * interval '1 hour', $3)`,
      },
      [after, olderThanHours, limit],
    );
    return rows[0] ?? { lastId: null, deleted: 0 };
  }
}
