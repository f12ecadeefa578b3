import { type Actor, ENVIRONMENT, type Environment } from '@app/platform';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Booking } from '../../../apps/booking-service/src/booking/booking.entity.ts';
import { BookingRepository } from '../../../apps/booking-service/src/booking/booking.repository.ts';
import type { CreateBookingDto } from '../../../apps/booking-service/src/booking/dto/create-booking.dto.ts';
import { CreateService } from '../create.controller.ts';
import { newBooking } from '../new-booking.ts';

/** The insert, and nothing before or after it. */
@Injectable()
export class BareService extends CreateService {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly dataSource: DataSource,
    private readonly bookings: BookingRepository,
  ) {
    super();
  }

  override create(actor: Actor, request: CreateBookingDto): Promise<Booking> {
    return this.bookings.insert(this.dataSource.manager, newBooking(this.env, actor, request));
  }
}
