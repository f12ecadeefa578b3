import { BroadcastExpiryHost } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { BOOKING } from './booking.entity.ts';

/** Expires overdue bookings, on every replica. */
@Injectable()
export class BookingExpiryWorker extends BroadcastExpiryHost {
  protected readonly kind = BOOKING;
}
