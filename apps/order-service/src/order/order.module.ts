import { CustomerBroadcastModule } from '@app/customer-broadcast';
import { Module } from '@nestjs/common';
import { OrderExpiryWorker } from './order-expiry.worker.ts';
import { OrderRpcController } from './order-rpc.controller.ts';
import { OrderController } from './order.controller.ts';
import { ORDER } from './order.entity.ts';
import { OrderRepository } from './order.repository.ts';
import { OrderService } from './order.service.ts';

/** Registers the kind `order` with the guard. */
@Module({
  imports: [CustomerBroadcastModule.forFeature(ORDER)],
  controllers: [OrderController, OrderRpcController],
  providers: [OrderService, OrderRepository, OrderExpiryWorker],
})
export class OrderModule {}
