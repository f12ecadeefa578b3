import { type BroadcastProblemDefinition, customerBroadcastProblems } from '@app/customer-broadcast';
import { TRUCK_LIFE } from './truck.lifecycle.ts';

const STATUS = { enum: TRUCK_LIFE.statuses };

/**
 * How each code of a service for trucks is answered: the guard's, and those of acceptances. Data, for the platform's filter
 * and document.
 *
 * @publicApi
 */
export const truckRequestProblems: Readonly<Record<string, BroadcastProblemDefinition>> = {
  ...customerBroadcastProblems,
  INVALID_TRANSITION: {
    ...customerBroadcastProblems.INVALID_TRANSITION,
    members: { from: { ...STATUS, example: 'completed' }, to: { ...STATUS, example: 'cancelled' } },
  },
  NO_LONGER_AVAILABLE: {
    status: 409,
    title: 'No longer available',
    members: {
      left: { type: 'integer', minimum: 0, example: 1, description: 'Trucks that are still needed' },
    },
  },
};
