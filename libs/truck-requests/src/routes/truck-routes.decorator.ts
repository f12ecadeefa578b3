import { ApiBroadcasts } from '@app/customer-broadcast';
import type { Type } from '@nestjs/common';
import type { TruckKind } from '../request/truck.lifecycle.ts';
import { TRUCK_ROUTES } from './truck-routes.constants.ts';

/**
 * Documents every route of a controller of requests for trucks, create and accept included.
 *
 * @param View the class of the answer, its fields with `@ApiProperty`
 * @example
 * @ApiTruckRequests(BOOKING, BookingView)
 * @Controller('v1/bookings')
 * class BookingController extends TruckLifecycleController<Booking, BookingView> {}
 * @publicApi
 */
export function ApiTruckRequests(kind: TruckKind, View: Type): ClassDecorator {
  return ApiBroadcasts(kind, View, TRUCK_ROUTES);
}
