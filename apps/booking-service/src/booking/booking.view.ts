import { presentTruckRequest, TruckRequestView } from '@app/truck-requests';
import { ApiProperty } from '@nestjs/swagger';
import type { Booking } from './booking.entity.ts';

/** A booking as an answer shows it. */
export class BookingView extends TruckRequestView {
  @ApiProperty({ type: String, nullable: true, example: 'container' })
  readonly vehicleType: string | null;

  @ApiProperty({ type: String, nullable: true, example: '20 ft' })
  readonly vehicleSubtype: string | null;
}

export function presentBooking(booking: Booking): BookingView {
  const { vehicleType, vehicleSubtype } = booking;
  return { ...presentTruckRequest(booking), vehicleType, vehicleSubtype };
}
