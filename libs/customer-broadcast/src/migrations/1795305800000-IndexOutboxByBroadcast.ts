import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Serves the relay's question "is an earlier event of this broadcast still waiting?". Over all rows and not only over those
 * that wait: of an index that was empty when Postgres last looked it believes that reading it whole costs nothing, and then
 * does so for each row of a backlog.
 */
export class IndexOutboxByBroadcast1795305800000 implements MigrationInterface {
  readonly name = 'IndexOutboxByBroadcast1795305800000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX ix_customer_broadcast_outbox_broadcast
      ON customer_broadcast_outbox (broadcast_id, id)`);
    await queryRunner.query('DROP INDEX ix_customer_broadcast_outbox_order');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX ix_customer_broadcast_outbox_order
      ON customer_broadcast_outbox (broadcast_id, id) WHERE delivered_at IS NULL`);
    await queryRunner.query('DROP INDEX ix_customer_broadcast_outbox_broadcast');
  }
}
