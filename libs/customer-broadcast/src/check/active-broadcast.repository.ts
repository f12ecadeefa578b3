import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { REPLACED_REASON, SYSTEM_ACTORS } from '../customer-broadcast.constants.ts';
import type { ActiveBroadcast } from '../interfaces/active-broadcast.interface.ts';
import { runPrepared } from '../postgres/prepared-statement.ts';
import { StatementBatcher } from '../postgres/statement.batcher.ts';
import { CancelLinks } from './cancel-links.ts';

interface ActiveRow {
  readonly kind: string;
  readonly id: string;
  readonly customer_id: string;
  /** Null where the kind declares no life. */
  readonly status: string | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly route: string;
  /** By the database's clock; 0 or less: overdue; null without a deadline. */
  readonly seconds_left: number | null;
}

/** The broadcast that holds a slot, and how long it still may. */
export interface SlotHolder {
  readonly broadcast: ActiveBroadcast;
  /** Whole seconds, 1 or more; null without a deadline. */
  readonly secondsLeft: number | null;
  readonly overdue: boolean;
}

/** A key that ought to be in Redis. */
export interface ExpectedKey {
  readonly customerId: string;
  readonly kind: string;
  readonly id: string;
  /** Null without a deadline. */
  readonly expiresAt: Date | null;
}

const COLUMNS = `kind, id, customer_id, status, created_at, expires_at, route,
  extract(epoch FROM expires_at - clock_timestamp())::float8 AS seconds_left`;

/**
 * The authoritative check: the active rows of every registered kind, through the view `active_broadcasts`, which is made
 * anew when a kind is installed. Always read from the primary.
 */
@Injectable()
export class ActiveBroadcastRepository {
  private readonly finds: StatementBatcher<string, ActiveRow | undefined>;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly links: CancelLinks = new CancelLinks(),
  ) {
    this.finds = new StatementBatcher(
      dataSource,
      (customerIds) => this.findRows(customerIds),
      async (customerId) => (await this.findRows([customerId]))[0],
    );
  }

  /** Served by the unique index on `active_customer_id` of each kind's table; one statement for all who ask at once. */
  async find(customerId: string): Promise<SlotHolder | null> {
    const row = await this.finds.call(customerId);
    if (!row) return null;
    return {
      broadcast: {
        kind: row.kind,
        id: row.id,
        status: row.status,
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        cancel: this.links.to(row.route, row.id),
      },
      secondsLeft: row.seconds_left === null ? null : Math.max(1, Math.ceil(row.seconds_left)),
      overdue: isOverdue(row),
    };
  }

  /**
   * Each customer is looked up by itself, in a part of its own (`OFFSET 0`) that only a parameter leads into. With the ids as
   * constants Postgres may take the index over deadlines instead and read whatever is active, which it believes to be nothing when
   * nothing was at its last count; and it may plan an array of few ids anew each time. See decision 0011.
   *
   * @returns one for each of the customers, in their sequence, of whom one may be there twice
   */
  private async findRows(customerIds: readonly string[]): Promise<(ActiveRow | undefined)[]> {
    const { rows } = await runPrepared<ActiveRow>(
      this.dataSource,
      {
        name: 'customer-broadcast:find-active',
        text: `SELECT ${COLUMNS}
                 FROM jsonb_array_elements_text($1) AS asked,
                      LATERAL (SELECT * FROM active_broadcasts WHERE customer_id = asked OFFSET 0) found`,
      },
      [JSON.stringify(customerIds)],
    );
    const byCustomer = new Map(rows.map((row) => [row.customer_id, row]));
    return customerIds.map((customerId) => byCustomer.get(customerId));
  }

  /** What each of these customers has on the air, the deadline not yet passed, by customer. In one statement. */
  async findMany(customerIds: readonly string[]): Promise<Map<string, ExpectedKey>> {
    const keys = new Map<string, ExpectedKey>();
    for (const row of await this.findRows(customerIds)) {
      if (!row || isOverdue(row)) continue;
      const { customer_id: customerId, kind, id, expires_at: expiresAt } = row;
      keys.set(customerId, { customerId, kind, id, expiresAt });
    }
    return keys;
  }

  /** Expires what this customer has overdue, whatever its kind. Safe to call at any time, by several at once. */
  async expireOverdue(customerId: string): Promise<void> {
    await runPrepared(
      this.dataSource,
      { name: 'customer-broadcast:expire-overdue', text: 'SELECT expire_overdue_broadcasts($1, $2)' },
      [customerId, { by: SYSTEM_ACTORS.create, reason: 'deadline passed' }],
    );
  }

  /** Cancels what this customer has active, whatever its kind, in the customer's own name. */
  async cancelActive(customerId: string): Promise<{ kind: string; id: string }[]> {
    const { rows } = await runPrepared<{ kind: string; id: string }>(
      this.dataSource,
      {
        name: 'customer-broadcast:cancel-active',
        text: 'SELECT cancelled_kind AS kind, cancelled_id AS id FROM cancel_active_broadcasts($1, $2)',
      },
      [customerId, { by: customerId, reason: REPLACED_REASON }],
    );
    return rows;
  }

  /**
   * The next customers who have a slot, sorted. By the slots, which have an index that is sorted so: of the view Postgres sorts
   * all that is left for each page.
   *
   * @param after the last customer seen
   */
  async listCustomers(after: string, limit: number): Promise<string[]> {
    const { rows } = await runPrepared<{ customer_id: string }>(
      this.dataSource,
      {
        name: 'customer-broadcast:customers',
        text: `SELECT customer_id FROM customer_broadcast_slots
                WHERE customer_id > $1 ORDER BY customer_id LIMIT $2`,
      },
      [after, limit],
    );
    return rows.map(({ customer_id }) => customer_id);
  }

  /**
   * Slots without an active row plus active rows without a slot: both are bugs, and the foreign key excludes the second.
   *
   * @param after of the customers after this one, sorted as by {@link listCustomers}
   * @param upTo and up to this one; null: of all of them
   */
  async countSlotDrift(after: string, upTo: string | null): Promise<number> {
    // Selected: as constants they would lead Postgres to the index over deadlines, as in findRows.
    const within = `customer_id > (SELECT $1::text)${upTo === null ? '' : ' AND customer_id <= (SELECT $2::text)'}`;
    const { rows } = await runPrepared<{ drift: number }>(
      this.dataSource,
      {
        name: `customer-broadcast:slot-drift-${upTo === null ? 'after' : 'between'}`,
        text: `SELECT count(*)::integer AS drift
                 FROM (SELECT customer_id, kind, broadcast_id FROM customer_broadcast_slots WHERE ${within}) s
                 FULL JOIN (SELECT customer_id, kind, id FROM active_broadcasts WHERE ${within}) a
                   ON a.customer_id = s.customer_id AND a.kind = s.kind AND a.id = s.broadcast_id
                WHERE s.customer_id IS NULL OR a.customer_id IS NULL`,
      },
      upTo === null ? [after] : [after, upTo],
    );
    return rows[0]?.drift ?? 0;
  }
}

function isOverdue({ seconds_left: secondsLeft }: ActiveRow): boolean {
  return secondsLeft !== null && secondsLeft <= 0;
}
