import { TRUCK_LIFE, type TruckKind, TruckRequest } from '@app/truck-requests';
import { Column, Entity } from 'typeorm';

/** A request for one or more trucks of one type. */
@Entity('bookings')
export class Booking extends TruckRequest {
  @Column('text', { name: 'vehicle_type', nullable: true })
  readonly vehicleType: string | null;

  @Column('text', { name: 'vehicle_subtype', nullable: true })
  readonly vehicleSubtype: string | null;
}

export const BOOKING: TruckKind<Booking> = {
  name: 'booking',
  table: 'bookings',
  entity: Booking,
  route: '/v1/bookings',
  lifecycle: TRUCK_LIFE,
};
