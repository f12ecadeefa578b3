import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  currentSchema,
  DROP_ACTIVE_BROADCASTS,
  rebuildActiveBroadcasts,
} from './v1/active-broadcasts.view.ts';
import { DROP_OUTBOX_FUNCTIONS, outboxFunctions } from './v1/outbox-functions.ts';
import { DROP_TABLES, TABLES } from './v1/tables.ts';
import { DROP_TRIGGER_FUNCTIONS, triggerFunctions } from './v1/trigger-functions.ts';

/** Kinds, history, outbox and kept answers, and the functions that every kind with a life of its own uses. */
export class CustomerBroadcastV11796083200000 implements MigrationInterface {
  readonly name = 'CustomerBroadcastV11796083200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await refuseOlderTables(queryRunner);
    const schema = await currentSchema(queryRunner);
    for (const statement of [...TABLES, ...triggerFunctions(schema), ...outboxFunctions(schema)])
      await queryRunner.query(statement);
    await rebuildActiveBroadcasts(queryRunner);
    // With the owner's rights they end what belongs to any customer: services are granted them by name.
    await queryRunner.query('REVOKE EXECUTE ON FUNCTION cancel_active_broadcasts(text, jsonb) FROM PUBLIC');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      ...DROP_ACTIVE_BROADCASTS,
      DROP_OUTBOX_FUNCTIONS,
      DROP_TRIGGER_FUNCTIONS,
      DROP_TABLES,
    ])
      await queryRunner.query(statement);
  }
}

async function refuseOlderTables(queryRunner: QueryRunner): Promise<void> {
  const [row] = (await queryRunner.query(
    `SELECT to_regclass('customer_broadcast_transitions') IS NOT NULL AS there`,
  )) as [{ there: boolean }];
  if (row.there)
    throw new Error(
      'This database has tables of a version before the first release, which cannot be taken over. ' +
        'Use an empty database; for `npm start`, delete the folder .data.',
    );
}
