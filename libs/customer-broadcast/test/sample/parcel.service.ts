import {
  type BroadcastActor,
  BroadcastLifecycleService,
  BroadcastReaderService,
} from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type Parcel, PARCEL } from './parcel.entity.ts';

const INSERT = `INSERT INTO parcels (id, customer_id, state_changed_by, label, expires_at)
  VALUES ($1, $2, $2, $3, clock_timestamp() + interval '120 seconds')`;

@Injectable()
export class ParcelService {
  constructor(
    private readonly lifecycle: BroadcastLifecycleService,
    private readonly reader: BroadcastReaderService,
  ) {}

  async create(customer: BroadcastActor, label: string): Promise<Parcel> {
    const id = uuidv7();
    await this.lifecycle.open(PARCEL, customer.sub, (on) => on.query(INSERT, [id, customer.sub, label]));
    return this.reader.getAny(PARCEL, id);
  }
}
