import type { MigrationInterface, QueryRunner } from 'typeorm';
import { currentSchema } from './active-broadcasts.view.ts';

/** After so many rows Postgres cleans the outbox, however large it is: its default is a fifth of all rows. */
const VACUUM_AFTER_ROWS = 10_000;

/**
 * The function by which the relay claims events, made so that Postgres has one way only to carry it out. What it believes of
 * a table that fills and empties all day is often wrong, a plan that was made for an empty table is kept, and each other way
 * reads the whole backlog, or all that was delivered, for a handful of events:
 *
 * - A bitmap reads an entry for each event that was delivered since the last vacuum, each time. A scan in the order of the
 *   index marks such entries and passes them over from then on. Plans are ruled out by the function's own settings.
 * - `id + 0` is in one index alone, that of what is to be delivered: the primary key cannot stand in for it, neither for the
 *   order nor for "earlier".
 * - `OFFSET 0` has the question for an earlier event asked for each candidate, by the index over broadcasts, and not joined.
 * - The array has the candidates found once, whatever is expected of the table that is updated.
 *
 * @see https://www.postgresql.org/docs/current/indexam.html kill_prior_tuple
 */
export class ClaimOutboxInOrder1795306100000 implements MigrationInterface {
  readonly name = 'ClaimOutboxInOrder1795306100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX ix_customer_broadcast_outbox_due
      ON customer_broadcast_outbox ((id + 0)) WHERE delivered_at IS NULL`);
    await queryRunner.query('DROP INDEX ix_customer_broadcast_outbox_undelivered');
    await queryRunner.query(`
      CREATE FUNCTION claim_customer_broadcast_outbox(kinds text[], token uuid, lease interval, batch integer)
        RETURNS TABLE (id bigint, event_id uuid, type text, kind text, broadcast_id uuid, customer_id text, status text,
                       occurred_at timestamptz)
        LANGUAGE plpgsql SET search_path = ${await currentSchema(queryRunner)}, pg_temp
        SET enable_bitmapscan = off SET enable_seqscan = off SET enable_sort = off AS $$
      BEGIN
        -- Not waited for by the disk: what a crash takes back is claimed again.
        PERFORM set_config('synchronous_commit', 'off', true);
        RETURN QUERY
          UPDATE customer_broadcast_outbox o
             SET claimed_by = token, available_at = clock_timestamp() + lease, attempts = o.attempts + 1
           WHERE o.id = ANY (ARRAY(
                   SELECT c.id FROM customer_broadcast_outbox c
                    WHERE c.delivered_at IS NULL AND c.available_at <= clock_timestamp() AND c.kind = ANY (kinds)
                      AND NOT EXISTS (SELECT FROM customer_broadcast_outbox earlier
                                       WHERE earlier.broadcast_id = c.broadcast_id AND earlier.id + 0 < c.id
                                         AND coalesce(earlier.delivered_at, 'infinity') = 'infinity' OFFSET 0)
                    ORDER BY c.id + 0 LIMIT batch FOR UPDATE SKIP LOCKED))
          RETURNING o.id, o.event_id, o.type, o.kind, o.broadcast_id, o.customer_id, o.status, o.occurred_at;
      END $$`);
    await queryRunner.query(`ALTER TABLE customer_broadcast_outbox
      SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = ${VACUUM_AFTER_ROWS})`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE customer_broadcast_outbox
      RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)`);
    await queryRunner.query('DROP FUNCTION claim_customer_broadcast_outbox(text[], uuid, interval, integer)');
    await queryRunner.query(`CREATE INDEX ix_customer_broadcast_outbox_undelivered
      ON customer_broadcast_outbox (id) WHERE delivered_at IS NULL`);
    await queryRunner.query('DROP INDEX ix_customer_broadcast_outbox_due');
  }
}
