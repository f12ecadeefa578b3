import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { BROADCAST_STATUSES, type BroadcastStatus } from './broadcast-status.ts';
import { Reason } from './reason.decorator.ts';

/** Query of a list. @publicApi */
export class ListBroadcastsDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit?: number;

  @IsOptional()
  @IsString()
  @Length(1, 100)
  readonly cursor?: string;

  @IsOptional()
  @IsIn(BROADCAST_STATUSES)
  readonly status?: BroadcastStatus;
}

/** Body of a cancel; it may be left out. @publicApi */
export class CancelBroadcastDto {
  /** Kept in the history. */
  @Reason()
  readonly reason?: string;
}

/** Body of a dispatcher's report. @publicApi */
export class DispatchedDto {
  /** How many transporters were told. */
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  readonly notified: number;
}

/** Body of a step that takes no input: it may be left out, and has no fields. */
export class NoInputDto {}
