import { installBroadcastKind, type InstalledLife, uninstallBroadcastKind } from '@app/customer-broadcast';
import type { QueryRunner } from 'typeorm';

/**
 * The life of a request for trucks as the database has it. Frozen at the release of version 1: a change is a migration of
 * its own. A test compares it with the lifecycle in the code.
 */
const LIFE: InstalledLife = {
  statuses: [
    'created',
    'broadcasting',
    'active',
    'partially_filled',
    'fully_filled',
    'in_progress',
    'completed',
    'cancelled',
    'expired',
  ],
  initial: 'created',
  active: ['created', 'broadcasting', 'active', 'partially_filled'],
  cancelled: 'cancelled',
  expired: 'expired',
};

/** A kind of request for trucks, as the database is told of it. @publicApi */
export interface InstalledTruckRequest {
  readonly name: string;
  /** Its table, which exists, has `id uuid PRIMARY KEY`, and gets everything else. */
  readonly table: string;
  readonly route: string;
}

/**
 * Puts the table of a kind of request for trucks under the rule, with the columns that count trucks. For a migration.
 *
 * @publicApi
 */
export async function installTruckRequest(
  queryRunner: QueryRunner,
  { name, table, route }: InstalledTruckRequest,
): Promise<void> {
  await queryRunner.query(`ALTER TABLE ${table}
    ADD COLUMN trucks_needed integer NOT NULL DEFAULT 1,
    ADD COLUMN trucks_filled integer NOT NULL DEFAULT 0,
    ADD COLUMN notified integer,
    ADD CONSTRAINT ck_${table}_trucks CHECK (trucks_needed >= 1 AND trucks_filled BETWEEN 0 AND trucks_needed)`);
  await installBroadcastKind(queryRunner, { name, table, route, life: LIFE });
}

/** Takes it out again, with the columns that count trucks. @publicApi */
export async function uninstallTruckRequest(
  queryRunner: QueryRunner,
  { name, table }: InstalledTruckRequest,
): Promise<void> {
  await uninstallBroadcastKind(queryRunner, { name });
  await queryRunner.query(`ALTER TABLE ${table}
    DROP COLUMN trucks_needed, DROP COLUMN trucks_filled, DROP COLUMN notified`);
}
