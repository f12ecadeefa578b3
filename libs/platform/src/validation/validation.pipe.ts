import { Injectable, ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { PlatformException, validationFailed } from '../problems/platform.exception.ts';
import type { FieldError } from '../problems/problem.interface.ts';
import { assertSafeJson } from './safe-json.ts';

/**
 * Checks bodies, queries and message payloads against their DTO: nothing unknown, nothing converted implicitly, every
 * complaint with its path.
 *
 * @throws PlatformException VALIDATION_FAILED with `errors`
 */
@Injectable()
export class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      transformOptions: { enableImplicitConversion: false },
      validationError: { target: false, value: false },
      exceptionFactory: (errors: ValidationError[]) => validationFailed(fieldErrorsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && this.toValidate(metadata)) assertObject(value);
    try {
      return (await super.transform(value, metadata)) as unknown;
    } catch (error) {
      if (error instanceof PlatformException) throw error;
      // A transform decorator of a DTO met a value of a type that it did not expect.
      if (error instanceof TypeError) throw validationFailed([], { cause: error });
      throw error;
    }
  }
}

/** The pipe that both services use for every handler. @publicApi */
export function createValidationPipe(): ValidationPipe {
  return new StrictValidationPipe();
}

function assertObject(value: unknown): void {
  // No body at all is judged by the DTO: the complaint then names the fields that are missing.
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw validationFailed([{ field: 'body', message: 'must be a JSON object' }]);
  }
  assertSafeJson(value);
}

/** Flattens nested errors, parents first; an error without a property belongs to the body as a whole. */
export function fieldErrorsOf(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = parent === '' ? error.property : `${parent}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({
      field: field || 'body',
      message,
    }));
    return [...own, ...fieldErrorsOf(error.children ?? [], field)];
  });
}
