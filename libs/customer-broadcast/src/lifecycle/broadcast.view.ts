import { ApiProperty } from '@nestjs/swagger';
import type { Broadcast } from './broadcast.entity.ts';

/** The columns that every kind has, as an answer shows them. @publicApi */
export class BroadcastView {
  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty({ example: 'customer-1', minLength: 1, maxLength: 128 })
  readonly customerId: string;

  @ApiProperty({ example: 'collecting', description: 'One of its kind' })
  readonly status: string;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt: string;

  @ApiProperty({ format: 'date-time' })
  readonly stateChangedAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it expires unless it has ended before' })
  readonly expiresAt: string;
}

/** Instants as ISO 8601 in UTC. @publicApi */
export function presentBroadcast(broadcast: Broadcast): BroadcastView {
  return {
    id: broadcast.id,
    customerId: broadcast.customerId,
    status: broadcast.status,
    createdAt: broadcast.createdAt.toISOString(),
    stateChangedAt: broadcast.stateChangedAt.toISOString(),
    expiresAt: broadcast.expiresAt.toISOString(),
  };
}
