import type { BroadcastKind } from '@app/customer-broadcast';
import type { TruckRequest } from './truck-request.entity.ts';
import type { TRUCK_LIFE } from './truck.lifecycle.ts';

/** A kind of request for trucks. @publicApi */
export type TruckKind<T extends TruckRequest = TruckRequest> = BroadcastKind<T, typeof TRUCK_LIFE>;
