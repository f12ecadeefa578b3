import { TRUCK_LIFE, type TruckKind, TruckRequest } from '@app/truck-requests';
import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';

/** A request for trucks of several types, counted per item. */
@Entity('orders')
export class Order extends TruckRequest {
  @OneToMany('OrderItem', 'order', { eager: true })
  readonly items: OrderItem[];
}

/** Trucks of one type. */
@Entity('order_items')
export class OrderItem {
  @PrimaryColumn('uuid')
  readonly id: string;

  @ManyToOne('Order', 'items')
  @JoinColumn({ name: 'order_id' })
  readonly order: unknown;

  /** As the customer listed them, from 0. */
  @Column('smallint')
  readonly position: number;

  @Column('text', { name: 'vehicle_type' })
  readonly vehicleType: string;

  @Column('text', { name: 'vehicle_subtype', nullable: true })
  readonly vehicleSubtype: string | null;

  @Column('integer')
  readonly quantity: number;

  @Column('integer')
  readonly filled: number;
}

export const ORDER: TruckKind<Order> = {
  name: 'order',
  table: 'orders',
  entity: Order,
  route: '/v1/orders',
  lifecycle: TRUCK_LIFE,
};
