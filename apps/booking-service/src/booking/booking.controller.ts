import { BroadcastIdPipe, ON_ACTIVE, SingleActiveBroadcast } from '@app/customer-broadcast';
import { type Actor, CurrentActor } from '@app/platform';
import {
  ApiTruckRequests,
  TruckAction,
  TruckLifecycleController,
  TruckLifecycleService,
  TruckReaderService,
} from '@app/truck-requests';
import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { BOOKING, type Booking } from './booking.entity.ts';
import { BookingService } from './booking.service.ts';
import { BookingView, presentBooking } from './booking.view.ts';
import { AcceptBookingDto } from './dto/accept-booking.dto.ts';
import { CreateBookingDto } from './dto/create-booking.dto.ts';

/** The routes of bookings; those that every kind has are inherited. */
@ApiTruckRequests(BOOKING, BookingView)
@Controller('v1/bookings')
export class BookingController extends TruckLifecycleController<Booking, BookingView> {
  protected readonly kind = BOOKING;

  constructor(
    lifecycle: TruckLifecycleService,
    reader: TruckReaderService,
    private readonly bookings: BookingService,
  ) {
    super(lifecycle, reader);
  }

  protected present(booking: Booking): BookingView {
    return presentBooking(booking);
  }

  @Post()
  @SingleActiveBroadcast('booking', { requestMayChoose: ON_ACTIVE })
  @TruckAction('create')
  async create(
    @CurrentActor() actor: Actor,
    @Body() body: CreateBookingDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BookingView> {
    const booking = await this.bookings.create(actor, body);
    reply.header('location', `${BOOKING.route}/${booking.id}`);
    return presentBooking(booking);
  }

  @Post(':id/accept')
  @HttpCode(200)
  @TruckAction('accept')
  async accept(
    @CurrentActor() actor: Actor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() body: AcceptBookingDto,
  ): Promise<BookingView> {
    return presentBooking(await this.bookings.accept(id, actor, body.trucks));
  }
}
