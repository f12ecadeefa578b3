import { ApiBroadcasts } from '@app/customer-broadcast';
import type { Type } from '@nestjs/common';
import type { TruckKind } from '../request/truck-kind.interface.ts';
import { ActiveTruckView } from './active-truck.view.ts';
import { TRUCK_ROUTES } from './truck-routes.constants.ts';
import { TruckTransitionView } from './truck-transition.view.ts';

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
  return ApiBroadcasts(kind, View, {
    routes: TRUCK_ROUTES,
    TransitionView: TruckTransitionView,
    ActiveView: ActiveTruckView,
  });
}
