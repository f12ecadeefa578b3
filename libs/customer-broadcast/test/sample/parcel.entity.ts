import { Broadcast, type BroadcastKind, defineLifecycle } from '@app/customer-broadcast';
import { Column, Entity } from 'typeorm';

@Entity('parcels')
export class Parcel extends Broadcast {
  @Column('text')
  readonly label: string;
}

const ACTIVE = ['created', 'active'] as const;

export const PARCEL_LIFE = defineLifecycle({
  statuses: [...ACTIVE, 'completed', 'cancelled', 'expired'],
  initial: 'created',
  active: ACTIVE,
  steps: {
    announce: { from: ['created'], to: 'active' },
    deliver: { from: ACTIVE, to: 'completed' },
    cancel: { from: ACTIVE, to: 'cancelled' },
    expire: { from: ACTIVE, to: 'expired' },
  },
  opens: 'announce',
  cancels: 'cancel',
  expires: 'expire',
});

export const PARCEL: BroadcastKind<Parcel, typeof PARCEL_LIFE> = {
  name: 'parcel',
  table: 'parcels',
  entity: Parcel,
  route: '/v1/parcels',
  lifecycle: PARCEL_LIFE,
};
