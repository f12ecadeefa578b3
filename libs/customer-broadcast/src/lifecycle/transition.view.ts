import { ApiProperty } from '@nestjs/swagger';
import { BROADCAST_STATUSES } from './broadcast-status.ts';

/** One step of a history, as an answer shows it. @publicApi */
export class TransitionView {
  @ApiProperty({
    enum: BROADCAST_STATUSES,
    nullable: true,
    example: 'broadcasting',
    description: 'Null for the first',
  })
  readonly from: string | null;

  @ApiProperty({ enum: BROADCAST_STATUSES, example: 'active' })
  readonly to: string;

  @ApiProperty({ format: 'date-time' })
  readonly at: string;

  @ApiProperty({
    example: 'system:embedded-dispatcher',
    description: 'The user, `system:…` for a service, `sql:<role>` for hand-written SQL',
  })
  readonly by: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly reason: string | null;
}
