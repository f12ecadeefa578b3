import type { Actor } from '@app/platform';
import { Injectable } from '@nestjs/common';
import type { Booking } from '../../../apps/booking-service/src/booking/booking.entity.ts';
import type { CreateBookingDto } from '../../../apps/booking-service/src/booking/dto/create-booking.dto.ts';
import { CreateService } from '../create.controller.ts';
import { OneRowRepository } from '../one-row.repository.ts';

/** The insert, and nothing before or after it. */
@Injectable()
export class BareService extends CreateService {
  constructor(private readonly bookings: OneRowRepository) {
    super();
  }

  override create(actor: Actor, request: CreateBookingDto): Promise<Booking> {
    return this.bookings.insert(actor, request);
  }
}
