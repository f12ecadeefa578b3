import { Broadcast, type BroadcastKind } from '@app/customer-broadcast';
import { Column, Entity } from 'typeorm';

@Entity('parcels')
export class Parcel extends Broadcast {
  @Column('text')
  readonly label: string;
}

export const PARCEL: BroadcastKind<Parcel> = {
  name: 'parcel',
  table: 'parcels',
  entity: Parcel,
  route: '/v1/parcels',
};
