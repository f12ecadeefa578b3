import { TEST_JWT_SECRET } from '../../test/support/api-client.ts';
import { BOOKING_BODY } from '../http/booking-body.ts';
import type { LoadTurn } from './load.interface.ts';

type Given = Pick<LoadTurn, 'url' | 'customerPrefix' | 'connections' | 'measureMs'> & Partial<LoadTurn>;

/** Creates of bookings: each of another customer, without a pause and without a warm-up, unless something else is given. */
export function bookingTurn(given: Given): LoadTurn {
  return {
    path: '/v1/bookings',
    body: BOOKING_BODY,
    secret: TEST_JWT_SECRET,
    oneCustomer: false,
    warmUpMs: 0,
    ratePerSecond: null,
    expectedRequests: 0,
    ...given,
  };
}
