import { ApiProperty } from '@nestjs/swagger';

/** One step of a history, as an answer shows it. @publicApi */
export class TransitionView {
  @ApiProperty({ type: String, nullable: true, example: 'requested', description: 'Null for the first' })
  readonly from: string | null;

  @ApiProperty({ example: 'collecting' })
  readonly to: string;

  @ApiProperty({ format: 'date-time' })
  readonly at: string;

  @ApiProperty({
    example: 'system:outbox-relay',
    description: 'The user, `system:…` for a service, `sql:<role>` for hand-written SQL',
  })
  readonly by: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  readonly reason: string | null;
}
