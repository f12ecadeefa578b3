import {
  ApiBroadcasts,
  BroadcastLifecycleController,
  BroadcastLifecycleService,
  BroadcastReaderService,
  BroadcastView,
  CurrentCustomer,
  presentBroadcast,
  SingleActiveBroadcast,
} from '@app/customer-broadcast';
import { Body, Controller, Post } from '@nestjs/common';
import { type Parcel, PARCEL } from './parcel.entity.ts';
import { ParcelService } from './parcel.service.ts';

@ApiBroadcasts(PARCEL, BroadcastView)
@Controller('v1/parcels')
export class ParcelController extends BroadcastLifecycleController<Parcel, BroadcastView> {
  protected readonly kind = PARCEL;
  protected readonly present = presentBroadcast;

  constructor(
    lifecycle: BroadcastLifecycleService,
    reader: BroadcastReaderService,
    private readonly parcels: ParcelService,
  ) {
    super(lifecycle, reader);
  }

  @Post()
  @SingleActiveBroadcast('parcel')
  async create(@CurrentCustomer() customerId: string, @Body('label') label: string): Promise<BroadcastView> {
    return presentBroadcast(await this.parcels.create(customerId, label));
  }
}
