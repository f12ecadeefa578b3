import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { registerDecorator, type ValidationOptions } from 'class-validator';

const MAX_CHARACTERS = 500;

/** The same for the document; that spaces around it do not count is beyond JSON Schema. */
export const TEXT_SCHEMA = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_CHARACTERS,
  pattern: '\\S',
} as const;

/**
 * A string of 1 to 500 characters after trimming; the property holds the trimmed one. A number is not a string, and
 * U+0000 and half of a surrogate pair are refused because Postgres cannot store them.
 *
 * @example
 * class PlaceDto {
 *   \@Text() address: string;
 * }
 * @publicApi
 */
export function Text(options: ValidationOptions = {}): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => trimmed(value)),
    (target: object, propertyKey: string | symbol) => {
      registerDecorator({
        name: 'text',
        target: target.constructor,
        propertyName: String(propertyKey),
        options,
        validator: {
          validate: isText,
          defaultMessage: () =>
            `${options.each ? 'each value in ' : ''}$property must be a string of 1 to ${MAX_CHARACTERS} characters`,
        },
      });
    },
  );
}

function trimmed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(trimmed);
  return typeof value === 'string' ? value.trim() : value;
}

function isText(value: unknown): boolean {
  if (typeof value !== 'string' || value === '' || value.includes('\0') || !value.isWellFormed())
    return false;
  // Code points, as Postgres counts them; the first test spares the copy of what is too long anyway.
  return value.length <= 2 * MAX_CHARACTERS && Array.from(value).length <= MAX_CHARACTERS;
}
