import { ApiProperty } from '@nestjs/swagger';
import type { ActiveBroadcast, CancelLink } from '../interfaces/active-broadcast.interface.ts';
import { ACTIVE_STATUSES, type ActiveStatus } from './broadcast-status.ts';

/** For the document: how the customer gets free again. */
export class CancelLinkView implements CancelLink {
  @ApiProperty({ enum: ['POST'] })
  readonly method: 'POST';

  @ApiProperty({
    example: '/v1/…/019a9c3f-5d2e-7b41-8c6a-2f1e0d9b7a35/cancel',
    description: 'Path, without a host',
  })
  readonly href: string;
}

/** For the document: the broadcast that holds the customer's slot. */
export class ActiveBroadcastView implements ActiveBroadcast {
  @ApiProperty({ example: 'parcel' })
  readonly kind: string;

  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty({ enum: ACTIVE_STATUSES, example: 'active' })
  readonly status: ActiveStatus;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly createdAt: Date;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly expiresAt: Date;

  @ApiProperty({ type: CancelLinkView })
  readonly cancel: CancelLinkView;
}
