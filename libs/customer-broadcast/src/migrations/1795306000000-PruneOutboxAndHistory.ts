import type { MigrationInterface, QueryRunner } from 'typeorm';
import { currentSchema } from './active-broadcasts.view.ts';

const TABLES = {
  outbox: 'customer_broadcast_outbox',
  transitions: 'customer_broadcast_transitions',
} as const;

/**
 * The functions that delete what is old. They are SECURITY DEFINER, so that a service needs no right to delete events or
 * history, and delete nothing but what is old enough. Each looks at the next rows after an id, and returns where it came to:
 * one that began at the first row each time would read again what the ones before it have deleted.
 */
export class PruneOutboxAndHistory1795306000000 implements MigrationInterface {
  readonly name = 'PruneOutboxAndHistory1795306000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = await currentSchema(queryRunner);
    const prune = (table: keyof typeof TABLES, isOld: string): string => `
      CREATE FUNCTION prune_customer_broadcast_${table}(after bigint, older_than interval, batch integer)
        RETURNS TABLE (last_id bigint, deleted integer)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$
      BEGIN
        IF older_than < interval '1 hour' THEN
          RAISE EXCEPTION 'older_than is %: what is younger than an hour is not pruned', older_than USING ERRCODE = '22023';
        END IF;
        RETURN QUERY
          WITH looked_at AS (
            SELECT t.id, ${isOld} AS is_old FROM ${TABLES[table]} t WHERE t.id > after ORDER BY t.id LIMIT batch
          ), gone AS (
            DELETE FROM ${TABLES[table]} t
             USING (SELECT o.id FROM ${TABLES[table]} o JOIN looked_at USING (id) WHERE is_old ORDER BY id FOR UPDATE OF o SKIP LOCKED) old
             WHERE t.id = old.id RETURNING 1)
          SELECT (SELECT max(id) FROM looked_at), (SELECT count(*)::integer FROM gone);
      END $$`;
    await queryRunner.query(prune('outbox', 't.delivered_at <= clock_timestamp() - older_than'));
    // Never the newest: a live view goes on from it.
    await queryRunner.query(
      prune(
        'transitions',
        't.changed_at <= clock_timestamp() - older_than AND t.id < (SELECT max(n.id) FROM customer_broadcast_transitions n)',
      ),
    );
    // With the owner's rights they delete: services are granted them by name.
    await queryRunner.query(`
      REVOKE EXECUTE ON FUNCTION prune_customer_broadcast_outbox(bigint, interval, integer),
        prune_customer_broadcast_transitions(bigint, interval, integer) FROM PUBLIC`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION prune_customer_broadcast_outbox(bigint, interval, integer),
        prune_customer_broadcast_transitions(bigint, interval, integer)`);
  }
}
