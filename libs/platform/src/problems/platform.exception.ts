import type { PlatformProblemCode } from './problem.constants.ts';
import type { FieldError } from './problem.interface.ts';

/** The platform refuses a request. Knows no transport; the filter turns the code into an answer. @publicApi */
export class PlatformException extends Error {
  constructor(
    readonly code: PlatformProblemCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PlatformException';
  }
}

/** A VALIDATION_FAILED that names the fields. @publicApi */
export function validationFailed(errors: readonly FieldError[], options?: ErrorOptions): PlatformException {
  const fields = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new PlatformException(
    'VALIDATION_FAILED',
    fields || 'The request is not valid.',
    { errors },
    options,
  );
}
