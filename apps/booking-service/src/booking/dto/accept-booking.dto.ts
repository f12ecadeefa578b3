import { BroadcastMessage } from '@app/customer-broadcast';
import { IsInt, Max, Min } from 'class-validator';

/** Body of `POST /v1/bookings/:id/accept`. */
export class AcceptBookingDto {
  @IsInt()
  @Min(1)
  @Max(100)
  readonly trucks: number;
}

/** Payload of `booking.accept`. */
export class AcceptBookingMessage extends BroadcastMessage(AcceptBookingDto) {}
