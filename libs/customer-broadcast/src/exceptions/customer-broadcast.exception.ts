/** Codes that the library's exceptions have. @publicApi */
export type CustomerBroadcastCode =
  | 'ORDER_ACTIVE_EXISTS'
  | 'NOT_FOUND'
  | 'INVALID_TRANSITION'
  | 'IDEMPOTENCY_IN_PROGRESS'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'FORBIDDEN'
  | 'VALIDATION_FAILED';

/**
 * A refusal that the caller must handle. It knows no transport: the application's filter turns `code` into an answer, by
 * the table `customerBroadcastProblems`, and adds `details` to it.
 *
 * @publicApi
 */
export class CustomerBroadcastException extends Error {
  override readonly name: string = 'CustomerBroadcastException';

  constructor(
    readonly code: CustomerBroadcastCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
