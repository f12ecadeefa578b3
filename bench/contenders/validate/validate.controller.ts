import { type Actor, CurrentActor } from '@app/platform';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CreateBookingDto } from '../../../apps/booking-service/src/booking/dto/create-booking.dto.ts';

/** What any answer costs here before a use case has begun: the token, the limits, the body. */
@Controller('v1/bookings')
export class ValidateController {
  @Post()
  @HttpCode(200)
  create(@CurrentActor() actor: Actor, @Body() body: CreateBookingDto): { readonly trucksNeeded: number } {
    return { trucksNeeded: actor.sub === '' ? 0 : body.trucksNeeded };
  }
}
