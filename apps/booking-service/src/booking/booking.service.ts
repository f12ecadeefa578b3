import { BroadcastLifecycleService } from '@app/customer-broadcast';
import { type Actor, ENVIRONMENT, type Environment } from '@app/platform';
import { TruckAcceptanceService, TruckReaderService } from '@app/truck-requests';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Booking, BOOKING } from './booking.entity.ts';
import { BookingRepository } from './booking.repository.ts';
import type { CreateBookingDto } from './dto/create-booking.dto.ts';

/** What a booking does differently from an order: it is one row, and counts trucks. */
@Injectable()
export class BookingService {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly bookings: BookingRepository,
    private readonly lifecycle: BroadcastLifecycleService,
    private readonly acceptance: TruckAcceptanceService,
    private readonly reader: TruckReaderService,
  ) {}

  /** @throws ActiveBroadcastExistsException when the customer has an active broadcast; nothing was written */
  create(customer: Actor, request: CreateBookingDto): Promise<Booking> {
    const booking = {
      id: uuidv7(),
      customerId: customer.sub,
      timeoutSeconds: this.env.broadcastTimeoutSeconds,
      request,
    };
    return this.lifecycle.open(BOOKING, customer.sub, () => this.bookings.insert(booking));
  }

  /** All of the offered trucks or none; see {@link TruckAcceptanceService.accept}. */
  async accept(id: string, transporter: Actor, trucks: number): Promise<Booking> {
    await this.acceptance.accept(BOOKING, id, { transporterId: transporter.sub, trucks });
    return this.reader.getAny(BOOKING, id);
  }
}
