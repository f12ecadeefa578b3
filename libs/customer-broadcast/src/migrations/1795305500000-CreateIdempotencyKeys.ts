import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The answers that retries get again. Written in the transaction of the effect, so there is no state "begun". */
export class CreateIdempotencyKeys1795305500000 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1795305500000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // json and not jsonb: the fields of a replayed body come in the order of the first one.
    await queryRunner.query(`
      CREATE TABLE customer_broadcast_idempotency_keys (
        actor_id text COLLATE "C" NOT NULL,
        route text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        request_hash bytea NOT NULL,
        status smallint,
        headers json NOT NULL,
        body json,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT pk_customer_broadcast_idempotency_keys PRIMARY KEY (actor_id, route, key))`);
    await queryRunner.query(`
      CREATE INDEX ix_customer_broadcast_idempotency_keys_created
          ON customer_broadcast_idempotency_keys (created_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE customer_broadcast_idempotency_keys');
  }
}
