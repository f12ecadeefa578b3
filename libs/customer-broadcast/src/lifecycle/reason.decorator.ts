import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, IsString, Length, Matches } from 'class-validator';

/** Why a step was taken: 1 to 500 characters after trimming, or left out. U+0000 is refused: Postgres cannot store it. */
export function Reason(): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    IsString(),
    Length(1, 500),
    Matches(/^[^\0]*$/, { message: '$property must not contain U+0000' }),
  );
}
