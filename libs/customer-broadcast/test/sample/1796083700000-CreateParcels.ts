import { installBroadcastKind, uninstallBroadcastKind } from '@app/customer-broadcast';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const PARCEL = {
  name: 'parcel',
  table: 'parcels',
  route: '/v1/parcels',
  life: {
    statuses: ['requested', 'collecting', 'delivered', 'cancelled', 'expired'],
    initial: 'requested',
    active: ['requested', 'collecting'],
    cancelled: 'cancelled',
    expired: 'expired',
  },
};

export class CreateParcels1796083700000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE parcels (id uuid PRIMARY KEY, label text)');
    await installBroadcastKind(queryRunner, PARCEL);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await uninstallBroadcastKind(queryRunner, PARCEL);
    await queryRunner.query('DROP TABLE parcels');
  }
}
