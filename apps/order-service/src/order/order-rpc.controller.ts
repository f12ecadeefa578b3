import {
  BroadcastExpiryService,
  BroadcastIdPipe,
  ON_ACTIVE,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import { type Actor, CurrentActor } from '@app/platform';
import {
  TruckAction,
  TruckLifecycleRpcController,
  TruckLifecycleService,
  TruckReaderService,
} from '@app/truck-requests';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ORDER } from './order.entity.ts';
import { OrderService } from './order.service.ts';
import { type OrderView, presentOrder } from './order.view.ts';
import { AcceptOrderMessage } from './dto/accept-order.dto.ts';
import { CreateOrderMessage } from './dto/create-order.dto.ts';

/** The same use cases as message patterns; those that every kind has are inherited. */
@Controller()
export class OrderRpcController extends TruckLifecycleRpcController(ORDER, presentOrder) {
  constructor(
    lifecycle: TruckLifecycleService,
    reader: TruckReaderService,
    expiry: BroadcastExpiryService,
    private readonly orders: OrderService,
  ) {
    super(lifecycle, reader, expiry);
  }

  @MessagePattern('order.create')
  @SingleActiveBroadcast('order', { requestMayChoose: ON_ACTIVE })
  @TruckAction('create')
  async create(@CurrentActor() actor: Actor, @Payload() message: CreateOrderMessage): Promise<OrderView> {
    return presentOrder(await this.orders.create(actor, message));
  }

  @MessagePattern('order.accept')
  @TruckAction('accept')
  async accept(@CurrentActor() actor: Actor, @Payload() message: AcceptOrderMessage): Promise<OrderView> {
    const id = new BroadcastIdPipe().transform(message.id);
    return presentOrder(await this.orders.accept(id, actor, message));
  }
}
