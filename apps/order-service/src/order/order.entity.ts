import { type BroadcastKind } from '@app/customer-broadcast';
import { presentTruckRequest, TruckRequest, type TruckRequestView } from '@app/truck-requests';
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

export const ORDER: BroadcastKind<Order> = {
  name: 'order',
  table: 'orders',
  entity: Order,
  route: '/v1/orders',
};

/** An item as an answer shows it. */
export interface OrderItemView {
  readonly id: string;
  readonly vehicleType: string;
  readonly vehicleSubtype: string | null;
  readonly quantity: number;
  readonly filled: number;
}

/** An order as an answer shows it. */
export interface OrderView extends TruckRequestView {
  readonly items: OrderItemView[];
}

export function presentOrder(order: Order): OrderView {
  const items = order.items
    .toSorted((a, b) => a.position - b.position)
    .map(({ id, vehicleType, vehicleSubtype, quantity, filled }) => ({
      id,
      vehicleType,
      vehicleSubtype,
      quantity,
      filled,
    }));
  return { ...presentTruckRequest(order), items };
}
