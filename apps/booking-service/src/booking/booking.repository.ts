import { runPrepared } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
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
  /** One statement, one transaction: the triggers take the slot and write history and event with it. */
  async insert(on: EntityManager, { id, customerId, timeoutSeconds, request }: NewBooking): Promise<Booking> {
    const { rows } = await runPrepared<Booking>(
      on,
      {
        name: 'bookings:insert',
        text: `
          INSERT INTO bookings (id, customer_id, trucks_needed, expires_at, state_changed_by, pickup, drop_off,
                                vehicle_type, vehicle_subtype, goods_type, weight_kg)
          VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 second', $2, $5, $6, $7, $8, $9, $10)
          RETURNING id, customer_id AS "customerId", status, trucks_needed AS "trucksNeeded",
                    trucks_filled AS "trucksFilled", created_at AS "createdAt", state_changed_at AS "stateChangedAt",
                    expires_at AS "expiresAt", pickup, drop_off AS "drop", vehicle_type AS "vehicleType",
                    vehicle_subtype AS "vehicleSubtype", goods_type AS "goodsType", weight_kg AS "weightKg"`,
      },
      [
        id,
        customerId,
        request.trucksNeeded,
        timeoutSeconds,
        request.pickup,
        request.drop,
        request.vehicleType,
        request.vehicleSubtype ?? null,
        request.goodsType ?? null,
        request.weightKg ?? null,
      ],
    );
    return Object.assign(new Booking(), rows[0]);
  }
}
