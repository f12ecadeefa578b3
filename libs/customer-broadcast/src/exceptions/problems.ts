import type { CustomerBroadcastCode } from './customer-broadcast.exception.ts';

/**
 * How each code is answered: HTTP status and title. Data, for the application's own filter.
 *
 * @publicApi
 */
export const customerBroadcastProblems: Readonly<
  Record<CustomerBroadcastCode, { readonly status: number; readonly title: string }>
> = {
  ORDER_ACTIVE_EXISTS: { status: 409, title: 'A request is already in progress' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  INVALID_TRANSITION: { status: 409, title: 'The status does not allow this' },
  NO_LONGER_AVAILABLE: { status: 409, title: 'No longer available' },
  IDEMPOTENCY_IN_PROGRESS: { status: 409, title: 'The first request is still running' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key was used with another request' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
};
