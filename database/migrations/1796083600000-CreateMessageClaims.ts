import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The messages of the Redis transport that a replica has taken upon itself. */
export class CreateMessageClaims1796083600000 implements MigrationInterface {
  readonly name = 'CreateMessageClaims1796083600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE message_claims (
        message_id text COLLATE "C" CONSTRAINT pk_message_claims PRIMARY KEY,
        claimed_at timestamptz NOT NULL DEFAULT clock_timestamp())`);
    await queryRunner.query('CREATE INDEX ix_message_claims_claimed ON message_claims (claimed_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE message_claims');
  }
}
