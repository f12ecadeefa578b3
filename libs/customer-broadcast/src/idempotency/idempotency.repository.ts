import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { runPrepared } from '../postgres/prepared-statement.ts';

/** What a key belongs to. The same key of another user, or on another route, is another key. */
export interface IdempotencyScope {
  readonly actorId: string;
  /** Method and path, or message pattern and id. */
  readonly route: string;
  readonly key: string;
}

/** An answer as it went out the first time. */
export interface RecordedAnswer {
  /** HTTP status; null over RPC. */
  readonly status: number | null;
  /** Headers that the handler set. */
  readonly headers: Readonly<Record<string, string>>;
  /** Anything that JSON can hold; null stands for an empty one too. */
  readonly body: unknown;
}

/** An answer with the hash of the request that it belongs to. */
export interface AnswerRecord extends RecordedAnswer {
  readonly requestHash: Buffer;
}

const LIFETIME = `interval '24 hours'`;

/** The answers that are kept under idempotency keys. */
@Injectable()
export class IdempotencyRepository {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Claims the key until the transaction of `on` ends. A process that dies ends it too, so no claim outlives its owner.
   *
   * @returns false when somebody else has claimed it
   * @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
   */
  async claim(on: EntityManager, { actorId, route, key }: IdempotencyScope): Promise<boolean> {
    const { rows } = await runPrepared<{ claimed: boolean }>(
      on,
      {
        name: 'customer-broadcast:idempotency-claim',
        text: `SELECT pg_try_advisory_xact_lock(hashtextextended(concat_ws(chr(31), $1::text, $2::text, $3::text), 0))
                      AS claimed`,
      },
      [actorId, route, key],
    );
    return rows[0]?.claimed === true;
  }

  /** After a claim it is a statement of its own: its snapshot then has what the claim's last owner has committed. */
  async find(
    on: DataSource | EntityManager,
    { actorId, route, key }: IdempotencyScope,
  ): Promise<AnswerRecord | null> {
    const { rows } = await runPrepared<AnswerRecord>(
      on,
      {
        name: 'customer-broadcast:idempotency-find',
        text: `SELECT request_hash AS "requestHash", status, headers, body FROM customer_broadcast_idempotency_keys
                WHERE actor_id = $1 AND route = $2 AND key = $3 AND created_at > clock_timestamp() - ${LIFETIME}`,
      },
      [actorId, route, key],
    );
    return rows[0] ?? null;
  }

  /** Keeps the answer, in place of one whose time is over. The key is claimed in `on`, so nobody else writes it. */
  async save(on: EntityManager, scope: IdempotencyScope, record: AnswerRecord): Promise<void> {
    await runPrepared(
      on,
      {
        name: 'customer-broadcast:idempotency-save',
        text: `INSERT INTO customer_broadcast_idempotency_keys
                 (actor_id, route, key, request_hash, status, headers, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (actor_id, route, key) DO UPDATE
                  SET request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers,
                      body = excluded.body, created_at = excluded.created_at`,
      },
      [
        scope.actorId,
        scope.route,
        scope.key,
        record.requestHash,
        record.status,
        JSON.stringify(record.headers),
        JSON.stringify(record.body ?? null),
      ],
    );
  }

  /** Deletes answers whose time is over, the oldest first. @returns how many, at most `limit` */
  async prune(limit: number): Promise<number> {
    const { rowCount } = await runPrepared(
      this.dataSource,
      {
        name: 'customer-broadcast:idempotency-prune',
        text: `DELETE FROM customer_broadcast_idempotency_keys
                WHERE ctid = ANY (ARRAY(
                        SELECT ctid FROM customer_broadcast_idempotency_keys
                         WHERE created_at <= statement_timestamp() - ${LIFETIME}
                         ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED))`,
      },
      [limit],
    );
    return rowCount ?? 0;
  }
}
