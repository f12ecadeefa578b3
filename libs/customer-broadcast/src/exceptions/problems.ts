import { getSchemaPath } from '@nestjs/swagger';
import { ACTIVE_EXISTS_TEXT } from '../customer-broadcast.messages.ts';
import { ActiveBroadcastView } from '../lifecycle/active-broadcast.view.ts';
import { IN_FLIGHT_RETRY_SECONDS } from './active-broadcast-exists.exception.ts';
import type { CustomerBroadcastCode } from './customer-broadcast.exception.ts';

/** What a code means to a client. @publicApi */
export interface BroadcastProblemDefinition {
  readonly status: number;
  /** The same for each occurrence. */
  readonly title: string;
  /** Least pause before a repetition, where there is one; the exception's own `details.retryAfterSeconds` wins. */
  readonly retryAfterSeconds?: number;
  /** JSON Schema of each member that the exception adds to the answer, or fixes in it, for the document. */
  readonly members?: Readonly<Record<string, object>>;
}

/**
 * How each code is answered. Data, for the application's own filter and document.
 *
 * @publicApi
 */
export const customerBroadcastProblems: Readonly<Record<CustomerBroadcastCode, BroadcastProblemDefinition>> =
  {
    ORDER_ACTIVE_EXISTS: {
      status: 409,
      title: 'A request is already in progress',
      retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS,
      members: {
        detail: { const: ACTIVE_EXISTS_TEXT },
        activeBroadcast: {
          description: 'Null while another create of the customer is in flight',
          anyOf: [{ $ref: getSchemaPath(ActiveBroadcastView) }, { type: 'null' }],
        },
      },
    },
    NOT_FOUND: { status: 404, title: 'Not found' },
    INVALID_TRANSITION: {
      status: 409,
      title: 'The status does not allow this',
      members: {
        from: { type: 'string', example: 'delivered' },
        to: { type: 'string', example: 'cancelled' },
      },
    },
    IDEMPOTENCY_IN_PROGRESS: {
      status: 409,
      title: 'The first request with this key is still running',
      retryAfterSeconds: 1,
    },
    IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'This key was used for another request' },
    FORBIDDEN: { status: 403, title: 'Not allowed' },
    VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  };
