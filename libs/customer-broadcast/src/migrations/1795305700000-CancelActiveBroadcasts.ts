import type { MigrationInterface, QueryRunner } from 'typeorm';
import { rebuildActiveBroadcasts } from './active-broadcasts.view.ts';

/** Makes `cancel_active_broadcasts`, for the kinds that are installed already. */
export class CancelActiveBroadcasts1795305700000 implements MigrationInterface {
  readonly name = 'CancelActiveBroadcasts1795305700000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await rebuildActiveBroadcasts(queryRunner);
    // With the owner's rights it ends anybody's broadcast: services are granted it by name.
    await queryRunner.query('REVOKE EXECUTE ON FUNCTION cancel_active_broadcasts(text, jsonb) FROM PUBLIC');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION IF EXISTS cancel_active_broadcasts(text, jsonb)');
  }
}
