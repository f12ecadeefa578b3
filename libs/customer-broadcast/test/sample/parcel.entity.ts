import { Broadcast, type BroadcastKind } from '@app/customer-broadcast';
import { Column, Entity } from 'typeorm';
import { PARCEL_LIFE } from './parcel.lifecycle.ts';

@Entity('parcels')
export class Parcel extends Broadcast {
  @Column('text')
  readonly label: string;
}

export const PARCEL: BroadcastKind<Parcel, typeof PARCEL_LIFE> = {
  name: 'parcel',
  table: 'parcels',
  entity: Parcel,
  route: '/v1/parcels',
  lifecycle: PARCEL_LIFE,
};
