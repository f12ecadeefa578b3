import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { WITH_DEADLINE } from '../customer-broadcast.constants.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { runPrepared } from '../postgres/prepared-statement.ts';
import { managerOf } from '../postgres/transaction.ts';
import type { Broadcast } from './broadcast.entity.ts';
import { type ActiveStatus, ENTERED_FROM, type BroadcastStatus } from './broadcast-status.ts';

/** Who made a transition, and why; kept in the history. */
export interface TransitionCause {
  readonly by: string;
  readonly reason?: string;
}

export interface TransitionRequest extends TransitionCause {
  readonly to: Exclude<BroadcastStatus, 'created'>;
  /** Only when the broadcast belongs to this customer. */
  readonly ownedBy?: string;
  /** How many transporters were notified; the first report is kept. */
  readonly notified?: number;
}

/** One step of many broadcasts. */
export interface ManySteps {
  readonly from: ActiveStatus;
  readonly to: BroadcastStatus;
  readonly by: string;
}

/** What became of a step of many. The others had moved on, or were overdue. */
export interface ManyMade {
  readonly made: readonly string[];
  /** Somebody else had them locked, so they are where they were. */
  readonly left: readonly string[];
}

/** A transition that took place. */
export interface MadeTransition {
  readonly id: string;
  readonly customerId: string;
  readonly from: BroadcastStatus;
}

/** What decides whether a broadcast may change, read with its row locked or not. */
export interface BroadcastState {
  readonly customerId: string;
  readonly status: BroadcastStatus;
  readonly trucksNeeded: number;
  readonly trucksFilled: number;
  readonly notified: number | null;
  readonly overdue: boolean;
}

const STATE_COLUMNS = `customer_id AS "customerId", status, trucks_needed AS "trucksNeeded",
  trucks_filled AS "trucksFilled", notified, expires_at <= clock_timestamp() AS overdue`;

/** The deadline stops every step of an active broadcast but these two. */
const ALLOWED_WHEN_OVERDUE: readonly BroadcastStatus[] = ['cancelled', 'expired'];

/** The SQL that the table of every kind has in common. */
@Injectable()
export class BroadcastRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** The row as its entity, with eager relations; from the primary, never from a replica. */
  async findById<T extends Broadcast>(kind: BroadcastKind<T>, id: string): Promise<T | null> {
    // Not findOneBy: where a row has relations, TypeORM asks twice for the sake of its limit.
    const [found] = await managerOf(this.dataSource).getRepository<Broadcast>(kind.entity).findBy({ id });
    return (found as T | undefined) ?? null;
  }

  /** @param on the transaction in which the row is locked; without it the row is only read */
  async findState(kind: BroadcastKind, id: string, on?: EntityManager): Promise<BroadcastState | null> {
    const lock = on ? 'FOR UPDATE' : '';
    const { rows } = await runPrepared<BroadcastState>(
      on ?? this.dataSource,
      {
        name: `${kind.table}:state${on ? ':locked' : ''}`,
        text: `SELECT ${STATE_COLUMNS} FROM ${kind.table} WHERE id = $1 ${lock}`,
      },
      [id],
    );
    return rows[0] ?? null;
  }

  /**
   * One state-guarded update. Of several at the same moment, exactly one finds the status that it asks for: READ COMMITTED
   * looks again after it waited for the row.
   *
   * @returns null when the row is not there, is another customer's, is not in a status from which `to` may be entered, or
   *   is overdue and `to` is neither `cancelled` nor `expired`. Nothing was changed then.
   */
  async transition(
    kind: BroadcastKind,
    id: string,
    request: TransitionRequest,
  ): Promise<MadeTransition | null> {
    const { to, ownedBy, notified, by, reason } = request;
    const { rows } = await runPrepared<MadeTransition>(
      this.dataSource,
      {
        name: `${kind.table}:transition`,
        text: `
          UPDATE ${kind.table} t
             SET status = $2, transition = $3, notified = coalesce(t.notified, $6::integer)
            FROM (SELECT id, status FROM ${kind.table} WHERE id = $1 FOR UPDATE) old
           WHERE t.id = $1 AND t.id = old.id AND old.status = ANY ($4::text[])
             AND ($5::text IS NULL OR t.customer_id = $5)
             AND ($7 OR t.active_customer_id IS NULL OR t.expires_at > clock_timestamp())
          RETURNING t.id, t.customer_id AS "customerId", old.status AS "from"`,
      },
      [
        id,
        to,
        { by, reason },
        ENTERED_FROM[to],
        ownedBy ?? null,
        notified ?? null,
        ALLOWED_WHEN_OVERDUE.includes(to),
      ],
    );
    return rows[0] ?? null;
  }

  /** The same step for these rows at once. It waits for none that somebody else has locked. */
  async transitionMany(kind: BroadcastKind, step: ManySteps, ids: readonly string[]): Promise<ManyMade> {
    const made = await this.stepMany(kind, 'many', step, 'id = ANY ($4)', ids);
    if (made.length === ids.length) return { made, left: [] };
    const { rows } = await runPrepared<{ id: string }>(
      this.dataSource,
      {
        name: `${kind.table}:left`,
        text: `SELECT id FROM ${kind.table} WHERE id = ANY ($2) AND status = $1 AND expires_at > clock_timestamp()`,
      },
      [step.from, ids],
    );
    return { made, left: rows.map(({ id }) => id) };
  }

  /** The same for whatever rows are in `from`, up to `limit`. It looks at every active row. */
  transitionAny(kind: BroadcastKind, step: ManySteps, limit: number): Promise<string[]> {
    return this.stepMany(kind, 'any', step, `${WITH_DEADLINE} ORDER BY expires_at LIMIT $4`, limit);
  }

  /**
   * A statement for each of the two: one that serves both has to be planned anew each time. The array has the rows found once,
   * whatever Postgres expects of the table: a join, planned when it was empty, looked for them once for each of its rows.
   */
  private async stepMany(
    kind: BroadcastKind,
    name: string,
    step: ManySteps,
    which: string,
    given: unknown,
  ): Promise<string[]> {
    const { rows } = await runPrepared<{ id: string }>(
      this.dataSource,
      {
        name: `${kind.table}:transition-${name}`,
        text: `
          UPDATE ${kind.table} t
             SET status = $2, transition = $3, notified = CASE WHEN $2 = 'active' THEN coalesce(t.notified, 0) ELSE t.notified END
           WHERE t.id = ANY (ARRAY(
                   SELECT id FROM ${kind.table}
                    WHERE status = $1 AND expires_at > clock_timestamp() AND ${which}
                      FOR UPDATE SKIP LOCKED))
          RETURNING t.id`,
      },
      [step.from, step.to, { by: step.by }, given],
    );
    return rows.map(({ id }) => id);
  }

  /** Sets the number of transporters that were notified, if no report came before. */
  async recordNotified(kind: BroadcastKind, id: string, notified: number): Promise<void> {
    await runPrepared(
      this.dataSource,
      {
        name: `${kind.table}:notified`,
        text: `UPDATE ${kind.table} SET notified = $2 WHERE id = $1 AND notified IS NULL`,
      },
      [id, notified],
    );
  }

  /** Counts trucks as filled. The row is locked in `on`, and its state was read there. */
  async fill(
    on: EntityManager,
    kind: BroadcastKind,
    id: string,
    change: { readonly trucks: number; readonly to: BroadcastStatus } & TransitionCause,
  ): Promise<void> {
    await runPrepared(
      on,
      {
        name: `${kind.table}:fill`,
        text: `UPDATE ${kind.table} SET trucks_filled = trucks_filled + $2, status = $3, transition = $4 WHERE id = $1`,
      },
      [id, change.trucks, change.to, { by: change.by, reason: change.reason }],
    );
  }
}
