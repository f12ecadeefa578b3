import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';

export const DEFAULT_PAGE_SIZE = 20;

/** Query of a list that has no filter. @publicApi */
export class PageDto {
  @ApiPropertyOptional({ default: DEFAULT_PAGE_SIZE, description: 'How many at most' })
  /** Decimal digits only: `Number` would also take `0x10` and `1e1`. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value,
  )
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit?: number;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  readonly cursor?: string;
}

/** Query of a list. @publicApi */
export class ListBroadcastsDto extends PageDto {
  @ApiPropertyOptional({ description: 'Only those that have it now' })
  /** One of the kind's, which the controller knows. */
  @IsOptional()
  @IsString()
  @Length(1, 40)
  readonly status?: string;
}

/** In code points; neither U+0000 nor half of a surrogate pair, which Postgres cannot store. */
const REASON = /^[^\0\ud800-\udfff]{1,500}$/u;

/** Body of a cancel; it may be left out. @publicApi */
export class CancelBroadcastDto {
  /** Kept in the history, trimmed. */
  @ApiPropertyOptional({ example: 'found another', description: 'Kept in the history, trimmed' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @Matches(REASON, { message: 'reason must be a string of 1 to 500 characters' })
  readonly reason?: string;
}

/** Body of a step that takes no input: it may be left out, and has no fields. @publicApi */
export class NoInputDto {}
