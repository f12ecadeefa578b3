import { BROADCAST_ROUTES, type BroadcastRouteText } from '@app/customer-broadcast';

const STEP = { problems: ['INVALID_TRANSITION'] } as const;

/** The routes that a kind of request for trucks has beside those of every kind, or describes otherwise. */
export const TRUCK_ROUTES: Readonly<Record<string, BroadcastRouteText>> = {
  list: {
    ...BROADCAST_ROUTES.list,
    summary: (kind) => `The customer's ${kind}s, newest first; an operator sees everybody's`,
  },
  accept: {
    id: (Kind) => `accept${Kind}`,
    summary: (kind) => `Accepts trucks of a ${kind}, all that are offered or none; again is no error`,
    problems: ['INVALID_TRANSITION', 'NO_LONGER_AVAILABLE'],
  },
  dispatched: {
    id: (Kind) => `report${Kind}Dispatched`,
    summary: (kind) => `Reports that transporters were told of a ${kind}; again is no error`,
    ...STEP,
  },
  start: {
    id: (Kind) => `start${Kind}`,
    summary: (kind) => `The trucks of a ${kind} are under way`,
    ...STEP,
  },
  complete: {
    id: (Kind) => `complete${Kind}`,
    summary: (kind) => `A ${kind} has been carried out`,
    ...STEP,
  },
};
