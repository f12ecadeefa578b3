import { TruckServiceModule } from '@app/truck-requests';
import { type DynamicModule, Module } from '@nestjs/common';
import { Booking } from './booking/booking.entity.ts';
import { BookingModule } from './booking/booking.module.ts';

export const SERVICE_NAME = 'booking-service';

/** What the service is made of. */
@Module({})
export class AppModule {
  /** @param background false for a one-off command */
  static forRoot(background = true): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TruckServiceModule.forRoot({ name: SERVICE_NAME, entities: [Booking], background }),
        BookingModule,
      ],
    };
  }
}
