import { BatchedInsert, ROWS_TO_INSERT } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Booking } from './booking.entity.ts';
import type { CreateBookingDto } from './dto/create-booking.dto.ts';

/** A booking about to be written. */
export interface NewBooking {
  readonly id: string;
  readonly customerId: string;
  readonly timeoutSeconds: number;
  readonly request: CreateBookingDto;
}

/** The SQL that only bookings need. */
@Injectable()
export class BookingRepository {
  private readonly bookings: BatchedInsert<NewBooking, Booking>;

  constructor(@InjectDataSource() dataSource: DataSource) {
    this.bookings = new BatchedInsert(dataSource, {
      name: 'bookings:insert',
      text: `
        INSERT INTO bookings (id, customer_id, trucks_needed, expires_at, state_changed_by, pickup, drop_off,
                              vehicle_type, vehicle_subtype, goods_type, weight_kg)
        SELECT b.id, b."customerId", r."trucksNeeded", clock_timestamp() + b."timeoutSeconds" * interval '1 second',
               b."customerId", r.pickup, r."drop", r."vehicleType", r."vehicleSubtype", r."goodsType", r."weightKg"
          FROM ${ROWS_TO_INSERT} AS b (id uuid, "customerId" text, "timeoutSeconds" integer, request jsonb),
               jsonb_to_record(b.request) AS r ("trucksNeeded" integer, pickup jsonb, "drop" jsonb, "vehicleType" text,
                                                "vehicleSubtype" text, "goodsType" text, "weightKg" numeric)
        RETURNING id, customer_id AS "customerId", status, trucks_needed AS "trucksNeeded",
                  trucks_filled AS "trucksFilled", created_at AS "createdAt", state_changed_at AS "stateChangedAt",
                  expires_at AS "expiresAt", pickup, drop_off AS "drop", vehicle_type AS "vehicleType",
                  vehicle_subtype AS "vehicleSubtype", goods_type AS "goodsType", weight_kg AS "weightKg"`,
    });
  }

  /** One statement, one transaction: the triggers take the slot and write history and event with it. */
  async insert(booking: NewBooking): Promise<Booking> {
    return Object.assign(new Booking(), await this.bookings.insert(booking));
  }
}
