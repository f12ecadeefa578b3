import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which transporter accepted what. */
export class CreateAcceptances1796083300000 implements MigrationInterface {
  readonly name = 'CreateAcceptances1796083300000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // item_id is the nil UUID for kinds without items, so that the key can say "one acceptance per transporter and item".
    await queryRunner.query(`CREATE TABLE customer_broadcast_acceptances (
      kind text COLLATE "C" NOT NULL,
      broadcast_id uuid NOT NULL,
      item_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
      transporter_id text COLLATE "C" NOT NULL,
      trucks integer NOT NULL CONSTRAINT ck_customer_broadcast_acceptances_trucks CHECK (trucks >= 1),
      accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT pk_customer_broadcast_acceptances PRIMARY KEY (broadcast_id, item_id, transporter_id, kind))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE customer_broadcast_acceptances');
  }
}
