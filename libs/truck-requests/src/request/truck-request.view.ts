import { ApiProperty } from '@nestjs/swagger';
import { type Place, PlaceDto } from './place.dto.ts';
import { TRUCK_LIFE, type TruckStatus } from './truck.lifecycle.ts';
import type { TruckRequest } from './truck-request.entity.ts';

/** What every request for trucks shows. What was asked for is null in rows that were written by hand. @publicApi */
export class TruckRequestView {
  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty({ example: 'customer-1', minLength: 1, maxLength: 128 })
  readonly customerId: string;

  @ApiProperty({ enum: TRUCK_LIFE.statuses, example: 'active' })
  readonly status: TruckStatus;

  @ApiProperty({ type: 'integer', minimum: 1, example: 2 })
  readonly trucksNeeded: number;

  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  readonly trucksFilled: number;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt: string;

  @ApiProperty({ format: 'date-time' })
  readonly stateChangedAt: string;

  @ApiProperty({ format: 'date-time', description: 'When it expires unless it has ended before' })
  readonly expiresAt: string;

  @ApiProperty({ type: PlaceDto, nullable: true })
  readonly pickup: Place | null;

  @ApiProperty({ type: PlaceDto, nullable: true })
  readonly drop: Place | null;

  @ApiProperty({ type: String, nullable: true, example: 'steel' })
  readonly goodsType: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 1200.5 })
  readonly weightKg: number | null;
}

/** Instants as ISO 8601 in UTC. @publicApi */
export function presentTruckRequest(request: TruckRequest): TruckRequestView {
  const { id, customerId, status, trucksNeeded, trucksFilled, pickup, drop, goodsType, weightKg } = request;
  return {
    id,
    customerId,
    status,
    trucksNeeded,
    trucksFilled,
    createdAt: request.createdAt.toISOString(),
    stateChangedAt: request.stateChangedAt.toISOString(),
    expiresAt: request.expiresAt.toISOString(),
    pickup,
    drop,
    goodsType,
    weightKg,
  };
}
