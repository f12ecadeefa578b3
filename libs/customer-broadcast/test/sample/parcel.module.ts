import { CustomerBroadcastModule } from '@app/customer-broadcast';
import { Module } from '@nestjs/common';
import { PARCEL } from './parcel.entity.ts';
import { ParcelController } from './parcel.controller.ts';
import { ParcelExpiryWorker } from './parcel-expiry.worker.ts';
import { ParcelRpcController } from './parcel-rpc.controller.ts';
import { ParcelService } from './parcel.service.ts';

@Module({
  imports: [CustomerBroadcastModule.forFeature(PARCEL)],
  controllers: [ParcelController, ParcelRpcController],
  providers: [ParcelService, ParcelExpiryWorker],
})
export class ParcelModule {}
