import { installBroadcastKind, uninstallBroadcastKind } from '@app/customer-broadcast';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const PARCEL = { name: 'parcel', table: 'parcels', route: '/v1/parcels' };

export class CreateParcels1763800300000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE parcels (id uuid PRIMARY KEY, label text)');
    await installBroadcastKind(queryRunner, PARCEL);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await uninstallBroadcastKind(queryRunner, PARCEL);
    await queryRunner.query('DROP TABLE parcels');
  }
}
