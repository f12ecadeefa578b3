import { CustomerBroadcastModule } from '@app/customer-broadcast';
import { Module } from '@nestjs/common';
import { BookingExpiryWorker } from './booking-expiry.worker.ts';
import { BookingRpcController } from './booking-rpc.controller.ts';
import { BookingController } from './booking.controller.ts';
import { BOOKING } from './booking.entity.ts';
import { BookingRepository } from './booking.repository.ts';
import { BookingService } from './booking.service.ts';

/** Registers the kind `booking` with the guard. */
@Module({
  imports: [CustomerBroadcastModule.forFeature(BOOKING)],
  controllers: [BookingController, BookingRpcController],
  providers: [BookingService, BookingRepository, BookingExpiryWorker],
})
export class BookingModule {}
