import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { WITH_DEADLINE } from '../customer-broadcast.constants.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { runPrepared } from '../postgres/prepared-statement.ts';
import { managerOf } from '../postgres/transaction.ts';
import type { Broadcast } from './broadcast.entity.ts';

/** Who made a transition, and why; kept in the history. */
export interface TransitionCause {
  readonly by: string;
  readonly reason?: string;
}

/**
 * A column that a step writes beside the status, in the same statement.
 *
 * @example { name: 'told', sql: (value) => `notified = coalesce(t.notified, ${value}::integer)`, value: 3 }
 * @publicApi
 */
export interface AlsoWritten {
  /** Part of the prepared statement's name: the same name is the same `sql`. */
  readonly name: string;
  /** An assignment of an UPDATE whose row is `t`. @param value the placeholder of {@link value} */
  readonly sql: (value: string) => string;
  readonly value: unknown;
}

export interface TransitionRequest extends TransitionCause {
  readonly from: readonly string[];
  readonly to: string;
  /** Only when the broadcast belongs to this customer. */
  readonly ownedBy?: string;
  /** Also when the broadcast is active and its deadline has passed. */
  readonly evenOverdue: boolean;
  readonly also?: AlsoWritten;
}

/** One step of many broadcasts. */
export interface ManySteps {
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly also?: AlsoWritten;
}

/** What became of a step of many. The others had moved on, or were overdue. @publicApi */
export interface ManyMade {
  readonly made: readonly string[];
  /** Another transaction had them locked, so they are where they were. */
  readonly left: readonly string[];
}

/** A transition that took place. */
export interface MadeTransition {
  readonly id: string;
  readonly customerId: string;
  readonly from: string;
}

/** What decides whether a broadcast may change, read with its row locked or not. */
export interface BroadcastState {
  readonly customerId: string;
  readonly status: string;
  readonly overdue: boolean;
}

const STATE_COLUMNS = `customer_id AS "customerId", status, expires_at <= clock_timestamp() AS overdue`;

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
   * @returns null when the row is not there, is another customer's, is in none of the statuses that it may leave, or is
   *   overdue where that matters. Nothing was changed then.
   */
  async transition(
    kind: BroadcastKind,
    id: string,
    request: TransitionRequest,
  ): Promise<MadeTransition | null> {
    const { from, to, ownedBy, evenOverdue, by, reason, also } = request;
    const { rows } = await runPrepared<MadeTransition>(
      this.dataSource,
      {
        name: `${kind.table}:transition${nameOf(also)}`,
        text: `
          UPDATE ${kind.table} t
             SET status = $2, transition = $3${textOf(also, '$7')}
            FROM (SELECT id, status FROM ${kind.table} WHERE id = $1 FOR UPDATE) old
           WHERE t.id = $1 AND t.id = old.id AND old.status = ANY ($4::text[])
             AND ($5::text IS NULL OR t.customer_id = $5)
             AND ($6 OR t.active_customer_id IS NULL OR t.expires_at > clock_timestamp())
          RETURNING t.id, t.customer_id AS "customerId", old.status AS "from"`,
      },
      [id, to, { by, reason }, from, ownedBy ?? null, evenOverdue, ...valuesOf(also)],
    );
    return rows[0] ?? null;
  }

  /** The same step for these rows at once. It waits for none that another transaction has locked. */
  async transitionMany(kind: BroadcastKind, step: ManySteps, ids: readonly string[]): Promise<ManyMade> {
    const made = await this.stepMany(kind, 'many', step, { which: 'id = ANY ($4)', given: ids });
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

  /** The same for any rows in `from`, up to `limit`. It looks at every active row. */
  transitionAny(kind: BroadcastKind, step: ManySteps, limit: number): Promise<string[]> {
    const which = `${WITH_DEADLINE} ORDER BY expires_at LIMIT $4`;
    return this.stepMany(kind, 'any', step, { which, given: limit });
  }

  /**
   * A statement for each of the two: one that serves both has to be planned anew each time. The array has the rows found once,
   * whatever Postgres expects of the table: a join, planned when it was empty, looked for them once for each of its rows.
   */
  private async stepMany(
    kind: BroadcastKind,
    name: string,
    { from, to, by, also }: ManySteps,
    { which, given }: { readonly which: string; readonly given: unknown },
  ): Promise<string[]> {
    const { rows } = await runPrepared<{ id: string }>(
      this.dataSource,
      {
        name: `${kind.table}:transition-${name}${nameOf(also)}`,
        text: `
          UPDATE ${kind.table} t
             SET status = $2, transition = $3${textOf(also, '$5')}
           WHERE t.id = ANY (ARRAY(
                   SELECT id FROM ${kind.table}
                    WHERE status = $1 AND expires_at > clock_timestamp() AND ${which}
                      FOR UPDATE SKIP LOCKED))
          RETURNING t.id`,
      },
      [from, to, { by }, given, ...valuesOf(also)],
    );
    return rows.map(({ id }) => id);
  }
}

function nameOf(also: AlsoWritten | undefined): string {
  return also ? `:${also.name}` : '';
}

function textOf(also: AlsoWritten | undefined, placeholder: string): string {
  return also ? `, ${also.sql(placeholder)}` : '';
}

function valuesOf(also: AlsoWritten | undefined): unknown[] {
  return also ? [also.value] : [];
}
