import { BroadcastExpiryHost } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { PARCEL } from './parcel.entity.ts';

@Injectable()
export class ParcelExpiryWorker extends BroadcastExpiryHost {
  protected readonly kind = PARCEL;
}
