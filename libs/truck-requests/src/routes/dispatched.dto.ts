import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

/** Body of a dispatcher's report. @publicApi */
export class DispatchedDto {
  /** How many transporters were told. */
  @ApiProperty({ example: 25, description: 'How many transporters were told' })
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  readonly notified: number;
}
