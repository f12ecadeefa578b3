import { ApiProperty } from '@nestjs/swagger';
import type { CancelLink } from '../interfaces/active-broadcast.interface.ts';

/** For the document: how the customer gets free again. @publicApi */
export class CancelLinkView implements CancelLink {
  @ApiProperty({ enum: ['POST'] })
  readonly method: 'POST';

  @ApiProperty({
    example: '/v1/…/019a9c3f-5d2e-7b41-8c6a-2f1e0d9b7a35/cancel',
    description: 'Path, without a host',
  })
  readonly href: string;
}

/** The broadcast that holds the customer's slot, as an answer brings it: instants as ISO 8601 in UTC. @publicApi */
export class ActiveBroadcastView {
  @ApiProperty({ example: 'parcel' })
  readonly kind: string;

  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty({ type: String, nullable: true, example: 'collecting' })
  readonly status: string | null;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt: string;

  @ApiProperty({ type: String, nullable: true, format: 'date-time' })
  readonly expiresAt: string | null;

  @ApiProperty({ type: CancelLinkView })
  readonly cancel: CancelLinkView;
}
