import { BroadcastView, presentBroadcast } from '@app/customer-broadcast';
import { ApiProperty } from '@nestjs/swagger';
import { type Place, PlaceDto } from './place.dto.ts';
import type { TruckRequest } from './truck-request.entity.ts';

/** What was asked for is null in rows that were written by hand. @publicApi */
export class TruckRequestView extends BroadcastView {
  @ApiProperty({ type: PlaceDto, nullable: true })
  readonly pickup: Place | null;

  @ApiProperty({ type: PlaceDto, nullable: true })
  readonly drop: Place | null;

  @ApiProperty({ type: String, nullable: true, example: 'steel' })
  readonly goodsType: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 1200.5 })
  readonly weightKg: number | null;
}

/** @publicApi */
export function presentTruckRequest(request: TruckRequest): TruckRequestView {
  const { pickup, drop, goodsType, weightKg } = request;
  return { ...presentBroadcast(request), pickup, drop, goodsType, weightKg };
}
