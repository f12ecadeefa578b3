import type { Actor, Environment } from '@app/platform';
import { v7 as uuidv7 } from 'uuid';
import type { NewBooking } from '../../apps/booking-service/src/booking/booking.repository.ts';
import type { CreateBookingDto } from '../../apps/booking-service/src/booking/dto/create-booking.dto.ts';

/** As the booking service makes one. */
export function newBooking(env: Environment, { sub }: Actor, request: CreateBookingDto): NewBooking {
  return { id: uuidv7(), customerId: sub, timeoutSeconds: env.broadcastTimeoutSeconds, request };
}
