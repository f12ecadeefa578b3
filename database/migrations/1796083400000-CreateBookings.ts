import { installTruckRequest, uninstallTruckRequest } from '@app/truck-requests';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const BOOKING = { name: 'booking', table: 'bookings', route: '/v1/bookings' };

/** Bookings: one vehicle type, counted in trucks. */
export class CreateBookings1796083400000 implements MigrationInterface {
  readonly name = 'CreateBookings1796083400000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // What the customer asked for is nullable: a row that support writes by hand obeys the rule without it.
    await queryRunner.query(`CREATE TABLE bookings (
      id uuid CONSTRAINT pk_bookings PRIMARY KEY,
      pickup jsonb,
      drop_off jsonb,
      vehicle_type text,
      vehicle_subtype text,
      goods_type text,
      weight_kg double precision)`);
    await installTruckRequest(queryRunner, BOOKING);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await uninstallTruckRequest(queryRunner, BOOKING);
    await queryRunner.query('DROP TABLE bookings');
  }
}
