/**
 * The answers to a repeated `Idempotency-Key`, for the document. The application's table of problems wins over this one as
 * soon as it has the codes itself.
 *
 * @publicApi
 */
export const IDEMPOTENCY_PROBLEMS = {
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    title: 'The first request with this key is still running',
    retryAfterSeconds: 1,
  },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'This key was used for another request' },
} as const;

/** One of them. */
export type IdempotencyCode = keyof typeof IDEMPOTENCY_PROBLEMS;
