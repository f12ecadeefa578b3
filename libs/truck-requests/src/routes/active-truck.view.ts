import { ActiveBroadcastView, CancelLinkView } from '@app/customer-broadcast';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { type ActiveTruckStatus, TRUCK_LIFE } from '../request/truck.lifecycle.ts';

/** The request that holds the customer's slot; every kind that these services know has the statuses of trucks. @publicApi */
@ApiSchema({ name: ActiveBroadcastView.name })
export class ActiveTruckView {
  @ApiProperty({ example: 'parcel' })
  readonly kind: string;

  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty({ enum: TRUCK_LIFE.active, example: 'active' })
  readonly status: ActiveTruckStatus;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt: string;

  @ApiProperty({ format: 'date-time' })
  readonly expiresAt: string;

  @ApiProperty({ type: CancelLinkView })
  readonly cancel: CancelLinkView;
}
