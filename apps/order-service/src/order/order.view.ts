import { presentTruckRequest, TruckRequestView } from '@app/truck-requests';
import { ApiProperty } from '@nestjs/swagger';
import { OrderItemView } from './order-item.view.ts';
import type { Order } from './order.entity.ts';

/** An order as an answer shows it. */
export class OrderView extends TruckRequestView {
  @ApiProperty({ type: [OrderItemView] })
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
