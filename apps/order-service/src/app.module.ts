import { TruckServiceModule } from '@app/truck-requests';
import { type DynamicModule, Module } from '@nestjs/common';
import { Order, OrderItem } from './order/order.entity.ts';
import { OrderModule } from './order/order.module.ts';

export const SERVICE_NAME = 'order-service';

/** What the service is made of. */
@Module({})
export class AppModule {
  /** @param background false for a one-off command */
  static forRoot(background = true): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TruckServiceModule.forRoot({ name: SERVICE_NAME, entities: [Order, OrderItem], background }),
        OrderModule,
      ],
    };
  }
}
