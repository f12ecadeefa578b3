import { type Actor, CurrentActor } from '@app/platform';
import { Body, Controller, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Booking } from '../../apps/booking-service/src/booking/booking.entity.ts';
import { type BookingView, presentBooking } from '../../apps/booking-service/src/booking/booking.view.ts';
import { CreateBookingDto } from '../../apps/booking-service/src/booking/dto/create-booking.dto.ts';

/** How a contender creates a booking. */
export abstract class CreateService {
  abstract create(actor: Actor, request: CreateBookingDto): Promise<Booking>;
}

/** The route of every contender that creates: the body and the answer are ours, and what happens in between is its own. */
@Controller('v1/bookings')
export class CreateController {
  constructor(private readonly creates: CreateService) {}

  @Post()
  async create(
    @CurrentActor() actor: Actor,
    @Body() body: CreateBookingDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BookingView> {
    const booking = await this.creates.create(actor, body);
    reply.header('location', `/v1/bookings/${booking.id}`);
    return presentBooking(booking);
  }
}
