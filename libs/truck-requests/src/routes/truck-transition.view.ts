import { TransitionView } from '@app/customer-broadcast';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TRUCK_LIFE, type TruckStatus } from '../request/truck.lifecycle.ts';

/** One step of the history of a request for trucks, as an answer shows it. @publicApi */
@ApiSchema({ name: TransitionView.name })
export class TruckTransitionView extends TransitionView {
  @ApiProperty({
    enum: TRUCK_LIFE.statuses,
    nullable: true,
    example: 'broadcasting',
    description: 'Null for the first',
  })
  declare readonly from: TruckStatus | null;

  @ApiProperty({ enum: TRUCK_LIFE.statuses, example: 'active' })
  declare readonly to: TruckStatus;

  @ApiProperty({
    example: 'system:embedded-dispatcher',
    description: 'The user, `system:…` for a service, `sql:<role>` for hand-written SQL',
  })
  declare readonly by: string;
}
