import { ActiveBroadcastView } from '@app/customer-broadcast';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { type ActiveTruckStatus, TRUCK_LIFE } from '../request/truck.lifecycle.ts';

/** The request that holds the customer's slot; every kind that these services know has the statuses of trucks. @publicApi */
@ApiSchema({ name: ActiveBroadcastView.name })
export class ActiveTruckView extends ActiveBroadcastView {
  @ApiProperty({ enum: TRUCK_LIFE.active, example: 'active' })
  declare readonly status: ActiveTruckStatus;
}
