import { BroadcastInputException, BroadcastLifecycleService } from '@app/customer-broadcast';
import { type Actor, ENVIRONMENT, type Environment } from '@app/platform';
import { TruckAcceptanceService, TruckReaderService } from '@app/truck-requests';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { AcceptOrderDto } from './dto/accept-order.dto.ts';
import type { CreateOrderDto } from './dto/create-order.dto.ts';
import { Order, ORDER } from './order.entity.ts';
import { OrderRepository } from './order.repository.ts';

/** What an order does differently from a booking: it has items, and counts the trucks of each. */
@Injectable()
export class OrderService {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly orders: OrderRepository,
    private readonly lifecycle: BroadcastLifecycleService,
    private readonly acceptance: TruckAcceptanceService,
    private readonly reader: TruckReaderService,
  ) {}

  /** @throws ActiveBroadcastExistsException when the customer has an active broadcast; nothing was written */
  create(customer: Actor, request: CreateOrderDto): Promise<Order> {
    const items = request.items.map(({ vehicleType, vehicleSubtype, quantity }, position) => ({
      id: uuidv7(),
      position,
      vehicleType,
      vehicleSubtype: vehicleSubtype ?? null,
      quantity,
      filled: 0,
    }));
    const order = {
      id: uuidv7(),
      customerId: customer.sub,
      timeoutSeconds: this.env.broadcastTimeoutSeconds,
      trucksNeeded: items.reduce((sum, { quantity }) => sum + quantity, 0),
      request,
      items,
    };
    return this.lifecycle.open(ORDER, customer.sub, () => this.orders.insert(order));
  }

  /**
   * All of the offered trucks of one item or none; see {@link TruckAcceptanceService.accept}.
   *
   * @throws BroadcastInputException when the order has no such item; nothing was accepted
   */
  async accept(id: string, transporter: Actor, { itemId, trucks }: AcceptOrderDto): Promise<Order> {
    const offer = { transporterId: transporter.sub, itemId, trucks };
    await this.acceptance.accept(ORDER, id, offer, async (on) => {
      const left = await this.orders.fillItem(on, id, itemId, trucks);
      if (left === null)
        throw new BroadcastInputException('itemId', `itemId is none of the items of order '${id}'`);
      return left;
    });
    return this.reader.getAny(ORDER, id);
  }
}
