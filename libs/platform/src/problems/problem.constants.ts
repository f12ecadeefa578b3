import type { ProblemTable } from './problem.interface.ts';

/** A list of {@link FieldError}. */
const FIELD_ERRORS = {
  type: 'array',
  items: {
    type: 'object',
    properties: { field: { type: 'string' }, message: { type: 'string' } },
    required: ['field', 'message'],
    additionalProperties: false,
  },
  examples: [[{ field: 'pickup.latitude', message: 'latitude must be a latitude string or number' }]],
};

/** The codes that the platform itself answers with. @publicApi */
export const PLATFORM_PROBLEMS = {
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request is not valid',
    members: { errors: FIELD_ERRORS },
  },
  UNAUTHENTICATED: { status: 401, title: 'A valid token is needed' },
  FORBIDDEN: { status: 403, title: 'This role may not do that' },
  NOT_FOUND: { status: 404, title: 'There is nothing here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This method is not allowed here' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The request body must be JSON' },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retryAfterSeconds: 1 },
  HEADERS_TOO_LARGE: { status: 431, title: 'The request headers are too large' },
  INTERNAL_ERROR: { status: 500, title: 'Something went wrong on our side' },
  // One second: a failover takes longer, but a client that comes back finds out at no cost.
  DEPENDENCY_UNAVAILABLE: { status: 503, title: 'The service cannot answer right now', retryAfterSeconds: 1 },
} as const satisfies ProblemTable;

/** A code of {@link PLATFORM_PROBLEMS}. @publicApi */
export type PlatformProblemCode = keyof typeof PLATFORM_PROBLEMS;

/** Token of the merged table that the filter uses. */
export const PROBLEM_TABLE = Symbol('PROBLEM_TABLE');
