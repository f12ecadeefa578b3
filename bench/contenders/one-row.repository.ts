import { runPrepared } from '@app/customer-broadcast';
import { type Actor, ENVIRONMENT, type Environment } from '@app/platform';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Booking } from '../../apps/booking-service/src/booking/booking.entity.ts';
import type { CreateBookingDto } from '../../apps/booking-service/src/booking/dto/create-booking.dto.ts';

/** The insert of those who have no library: a row by itself, from a prepared statement. */
@Injectable()
export class OneRowRepository {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly dataSource: DataSource,
  ) {}

  async insert({ sub }: Actor, request: CreateBookingDto): Promise<Booking> {
    const { rows } = await runPrepared<Booking>(
      this.dataSource,
      {
        name: 'bookings:insert-one',
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
        uuidv7(),
        sub,
        request.trucksNeeded,
        this.env.broadcastTimeoutSeconds,
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
