import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { runPrepared } from '../postgres/prepared-statement.ts';
import { managerOf } from '../postgres/transaction.ts';
import type { Broadcast } from './broadcast.entity.ts';

/** One step in the life of a broadcast. @publicApi */
export interface BroadcastTransition {
  /** Null for the first. */
  readonly from: string | null;
  readonly to: string;
  /** The database's clock. */
  readonly at: Date;
  /** The `sub` of who did it, `system:…` for the services, `sql:<role>` for hand-written SQL. */
  readonly by: string;
  readonly reason: string | null;
}

export interface BroadcastPage {
  /** Null: of every customer. */
  readonly customerId: string | null;
  readonly status: string | null;
  /** The last broadcast of the page before; null for the first page. */
  readonly after: string | null;
  readonly limit: number;
}

/** Reads that span rows: lists and histories. */
@Injectable()
export class BroadcastHistoryRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Oldest first; the rows are written by the triggers of every kind's table. */
  async listTransitions(kind: BroadcastKind, id: string): Promise<BroadcastTransition[]> {
    const { rows } = await runPrepared<BroadcastTransition>(
      this.dataSource,
      {
        name: 'customer-broadcast:history',
        text: `SELECT from_status AS "from", to_status AS "to", changed_at AS "at", changed_by AS "by", reason
                 FROM customer_broadcast_transitions WHERE broadcast_id = $2 AND kind = $1 ORDER BY id`,
      },
      [kind.name, id],
    );
    return rows;
  }

  /**
   * Newest first. The page after a broadcast stays the same while newer ones are added, because it starts at that row
   * and not at a number of rows; after one that is not there, or not the customer's, nothing comes. Served by `ix_<table>_customer_created` for a customer's own list.
   */
  async list<T extends Broadcast>(kind: BroadcastKind<T>, page: BroadcastPage): Promise<T[]> {
    const { rows } = await runPrepared<{ id: string }>(
      this.dataSource,
      {
        name: `${kind.table}:list${page.customerId === null ? '' : ':own'}`,
        text: `
          SELECT id FROM ${kind.table}
           WHERE ${page.customerId === null ? '$1::text IS NULL' : 'customer_id = $1'}
             AND ($2::text IS NULL OR $2 =
                  CASE WHEN active_customer_id IS NOT NULL AND expires_at <= clock_timestamp() THEN $5 ELSE status END)
             AND ($3::uuid IS NULL OR (created_at, id) < 
                  (SELECT created_at, id FROM ${kind.table} WHERE id = $3 AND ($1::text IS NULL OR customer_id = $1)))
           ORDER BY created_at DESC, id DESC LIMIT $4`,
      },
      [page.customerId, page.status, page.after, page.limit, kind.lifecycle.expired],
    );
    const ids = rows.map(({ id }) => id);
    const found = await managerOf(this.dataSource)
      .getRepository<Broadcast>(kind.entity)
      .findBy({ id: In(ids) });
    const byId = new Map(found.map((broadcast) => [broadcast.id, broadcast as T]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** Whether a page can start after this broadcast: it exists, and is the customer's where one is named. */
  async isPlace(kind: BroadcastKind, { customerId, after }: BroadcastPage): Promise<boolean> {
    const { rowCount } = await runPrepared(
      this.dataSource,
      {
        name: `${kind.table}:list:place`,
        text: `SELECT 1 FROM ${kind.table} WHERE id = $1 AND ($2::text IS NULL OR customer_id = $2)`,
      },
      [after, customerId],
    );
    return rowCount === 1;
  }
}
