import type { MigrationInterface, QueryRunner } from 'typeorm';
import { currentSchema } from './active-broadcasts.view.ts';

/** After so many rows Postgres cleans the outbox, however large it is: its default is a fifth of all rows. */
const VACUUM_AFTER_ROWS = 10_000;

/**
 * The function by which the relay claims events. Of an index over what is to be delivered, an entry of each delivered event
 * remains until the next vacuum. A scan of the index in its order marks such entries and passes them over from then on; a
 * bitmap, which Postgres prefers for as few rows as it expects, reads all of them and their rows each time: thousands of
 * entries for two events, and it grew with every create. A plan can only be ruled out by a function's own settings.
 *
 * @see https://www.postgresql.org/docs/current/indexam.html kill_prior_tuple
 */
export class ClaimOutboxInOrder1795306100000 implements MigrationInterface {
  readonly name = 'ClaimOutboxInOrder1795306100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION claim_customer_broadcast_outbox(kinds text[], token uuid, lease interval, batch integer)
        RETURNS TABLE (id bigint, event_id uuid, type text, kind text, broadcast_id uuid, customer_id text, status text,
                       occurred_at timestamptz)
        LANGUAGE plpgsql SET search_path = ${await currentSchema(queryRunner)}, pg_temp
        SET enable_bitmapscan = off SET enable_seqscan = off SET enable_sort = off
        SET enable_hashjoin = off SET enable_mergejoin = off AS $$
      BEGIN
        -- Not waited for by the disk: what a crash takes back is claimed again.
        PERFORM set_config('synchronous_commit', 'off', true);
        RETURN QUERY
          UPDATE customer_broadcast_outbox o
             SET claimed_by = token, available_at = clock_timestamp() + lease, attempts = o.attempts + 1
            FROM (SELECT c.id FROM customer_broadcast_outbox c
                   WHERE c.delivered_at IS NULL AND c.available_at <= clock_timestamp() AND c.kind = ANY (kinds)
                     AND NOT EXISTS (SELECT FROM customer_broadcast_outbox earlier
                                      WHERE earlier.broadcast_id = c.broadcast_id AND earlier.id < c.id
                                        AND coalesce(earlier.delivered_at, 'infinity') = 'infinity')
                   ORDER BY c.id LIMIT batch FOR UPDATE SKIP LOCKED) due
           WHERE o.id = due.id
          RETURNING o.id, o.event_id, o.type, o.kind, o.broadcast_id, o.customer_id, o.status, o.occurred_at;
      END $$`);
    await queryRunner.query(`ALTER TABLE customer_broadcast_outbox
      SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = ${VACUUM_AFTER_ROWS})`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE customer_broadcast_outbox
      RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)`);
    await queryRunner.query('DROP FUNCTION claim_customer_broadcast_outbox(text[], uuid, interval, integer)');
  }
}
