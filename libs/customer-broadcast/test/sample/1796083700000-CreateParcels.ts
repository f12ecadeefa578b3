import { installBroadcastKind, uninstallBroadcastKind } from '@app/customer-broadcast';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const PARCEL = {
  name: 'parcel',
  table: 'parcels',
  route: '/v1/parcels',
  life: {
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
  },
};

export class CreateParcels1796083700000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE parcels (id uuid PRIMARY KEY, label text,
      trucks_needed integer NOT NULL DEFAULT 1, trucks_filled integer NOT NULL DEFAULT 0, notified integer)`);
    await installBroadcastKind(queryRunner, PARCEL);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await uninstallBroadcastKind(queryRunner, PARCEL);
    await queryRunner.query('DROP TABLE parcels');
  }
}
