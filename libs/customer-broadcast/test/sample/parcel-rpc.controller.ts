import {
  BroadcastLifecycleRpcController,
  BroadcastLifecycleService,
  BroadcastReaderService,
  type BroadcastView,
  CurrentCustomer,
  presentBroadcast,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { PARCEL } from './parcel.entity.ts';
import { ParcelService } from './parcel.service.ts';

@Controller()
export class ParcelRpcController extends BroadcastLifecycleRpcController(PARCEL, presentBroadcast) {
  constructor(
    lifecycle: BroadcastLifecycleService,
    reader: BroadcastReaderService,
    private readonly parcels: ParcelService,
  ) {
    super(lifecycle, reader);
  }

  @MessagePattern('parcel.create')
  @SingleActiveBroadcast('parcel')
  async create(
    @CurrentCustomer() customerId: string,
    @Payload('label') label: string,
  ): Promise<BroadcastView> {
    return presentBroadcast(await this.parcels.create(customerId, label));
  }
}
