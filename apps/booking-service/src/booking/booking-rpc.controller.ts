import {
  BroadcastExpiryService,
  BroadcastIdPipe,
  ON_ACTIVE,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import { type Actor, CurrentActor } from '@app/platform';
import {
  TruckAction,
  TruckLifecycleRpcController,
  TruckLifecycleService,
  TruckReaderService,
} from '@app/truck-requests';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { BOOKING } from './booking.entity.ts';
import { BookingService } from './booking.service.ts';
import { type BookingView, presentBooking } from './booking.view.ts';
import { AcceptBookingMessage } from './dto/accept-booking.dto.ts';
import { CreateBookingMessage } from './dto/create-booking.dto.ts';

/** The same use cases as message patterns; those that every kind has are inherited. */
@Controller()
export class BookingRpcController extends TruckLifecycleRpcController(BOOKING, presentBooking) {
  constructor(
    lifecycle: TruckLifecycleService,
    reader: TruckReaderService,
    expiry: BroadcastExpiryService,
    private readonly bookings: BookingService,
  ) {
    super(lifecycle, reader, expiry);
  }

  @MessagePattern('booking.create')
  @SingleActiveBroadcast('booking', { requestMayChoose: ON_ACTIVE })
  @TruckAction('create')
  async create(@CurrentActor() actor: Actor, @Payload() message: CreateBookingMessage): Promise<BookingView> {
    return presentBooking(await this.bookings.create(actor, message));
  }

  @MessagePattern('booking.accept')
  @TruckAction('accept')
  async accept(@CurrentActor() actor: Actor, @Payload() message: AcceptBookingMessage): Promise<BookingView> {
    const id = new BroadcastIdPipe().transform(message.id);
    return presentBooking(await this.bookings.accept(id, actor, message.trucks));
  }
}
