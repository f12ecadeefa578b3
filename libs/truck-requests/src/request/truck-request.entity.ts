import { Broadcast } from '@app/customer-broadcast';
import { Column } from 'typeorm';
import type { Place } from './place.dto.ts';
import type { TruckStatus } from './truck.lifecycle.ts';

/** A broadcast that asks for trucks. What a customer asked for is null in rows that were written by hand. @publicApi */
export abstract class TruckRequest extends Broadcast {
  declare readonly status: TruckStatus;

  @Column('integer', { name: 'trucks_needed' })
  readonly trucksNeeded: number;

  @Column('integer', { name: 'trucks_filled' })
  readonly trucksFilled: number;

  @Column('jsonb', { nullable: true })
  readonly pickup: Place | null;

  @Column('jsonb', { name: 'drop_off', nullable: true })
  readonly drop: Place | null;

  @Column('text', { name: 'goods_type', nullable: true })
  readonly goodsType: string | null;

  @Column('double precision', { name: 'weight_kg', nullable: true })
  readonly weightKg: number | null;
}
