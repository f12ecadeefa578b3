import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Serves the live view's question "what has this customer missed since this id?". */
export class IndexTransitionsByCustomer1795305600000 implements MigrationInterface {
  readonly name = 'IndexTransitionsByCustomer1795305600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX ix_customer_broadcast_transitions_customer
      ON customer_broadcast_transitions (customer_id, id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX ix_customer_broadcast_transitions_customer');
  }
}
