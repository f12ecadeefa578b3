import { BroadcastIdPipe, ON_ACTIVE, SingleActiveBroadcast } from '@app/customer-broadcast';
import { type Actor, CurrentActor } from '@app/platform';
import {
  ApiTruckRequests,
  TruckAction,
  TruckLifecycleController,
  TruckLifecycleService,
  TruckReaderService,
} from '@app/truck-requests';
import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ORDER, type Order } from './order.entity.ts';
import { OrderService } from './order.service.ts';
import { OrderView, presentOrder } from './order.view.ts';
import { AcceptOrderDto } from './dto/accept-order.dto.ts';
import { CreateOrderDto } from './dto/create-order.dto.ts';

/** The routes of orders; those that every kind has are inherited. */
@ApiTruckRequests(ORDER, OrderView)
@Controller('v1/orders')
export class OrderController extends TruckLifecycleController<Order, OrderView> {
  protected readonly kind = ORDER;

  constructor(
    lifecycle: TruckLifecycleService,
    reader: TruckReaderService,
    private readonly orders: OrderService,
  ) {
    super(lifecycle, reader);
  }

  protected present(order: Order): OrderView {
    return presentOrder(order);
  }

  @Post()
  @SingleActiveBroadcast('order', { requestMayChoose: ON_ACTIVE })
  @TruckAction('create')
  async create(
    @CurrentActor() actor: Actor,
    @Body() body: CreateOrderDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderView> {
    const order = await this.orders.create(actor, body);
    reply.header('location', `${ORDER.route}/${order.id}`);
    return presentOrder(order);
  }

  @Post(':id/accept')
  @HttpCode(200)
  @TruckAction('accept')
  async accept(
    @CurrentActor() actor: Actor,
    @Param('id', BroadcastIdPipe) id: string,
    @Body() body: AcceptOrderDto,
  ): Promise<OrderView> {
    return presentOrder(await this.orders.accept(id, actor, body));
  }
}
