import { BroadcastLifecycleService } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { type Parcel, PARCEL } from './parcel.entity.ts';

@Injectable()
export class ParcelService {
  constructor(private readonly lifecycle: BroadcastLifecycleService) {}

  create(customerId: string, label: string): Promise<Parcel> {
    return this.lifecycle.create(PARCEL, customerId, { label });
  }
}
