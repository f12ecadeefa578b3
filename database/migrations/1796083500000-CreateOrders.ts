import { installTruckRequest, uninstallTruckRequest } from '@app/truck-requests';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const ORDER = { name: 'order', table: 'orders', route: '/v1/orders' };

/** Orders: several vehicle types, counted per item. */
export class CreateOrders1796083500000 implements MigrationInterface {
  readonly name = 'CreateOrders1796083500000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE orders (
      id uuid CONSTRAINT pk_orders PRIMARY KEY,
      pickup jsonb,
      drop_off jsonb,
      goods_type text,
      weight_kg double precision)`);
    await installTruckRequest(queryRunner, ORDER);
    await queryRunner.query(`CREATE TABLE order_items (
      id uuid CONSTRAINT pk_order_items PRIMARY KEY,
      order_id uuid NOT NULL CONSTRAINT fk_order_items_order REFERENCES orders ON DELETE CASCADE,
      position smallint NOT NULL,
      vehicle_type text NOT NULL,
      vehicle_subtype text,
      quantity integer NOT NULL,
      filled integer NOT NULL DEFAULT 0,
      CONSTRAINT ck_order_items_filled CHECK (quantity >= 1 AND filled BETWEEN 0 AND quantity))`);
    await queryRunner.query(
      'CREATE UNIQUE INDEX uq_order_items_position ON order_items (order_id, position)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE order_items');
    await uninstallTruckRequest(queryRunner, ORDER);
    await queryRunner.query('DROP TABLE orders');
  }
}
