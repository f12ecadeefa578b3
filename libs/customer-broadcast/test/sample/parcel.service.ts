import {
  type BroadcastActor,
  BroadcastLifecycleService,
  BroadcastReaderService,
} from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type Parcel, PARCEL } from './parcel.entity.ts';

const INSERT = `INSERT INTO parcels (id, customer_id, state_changed_by, label, expires_at)
  VALUES ($1, $2, $2, $3, clock_timestamp() + interval '120 seconds')`;

@Injectable()
export class ParcelService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly lifecycle: BroadcastLifecycleService,
    private readonly reader: BroadcastReaderService,
  ) {}

  async create(customer: BroadcastActor, label: string): Promise<Parcel> {
    const id = uuidv7();
    const insert = () => this.dataSource.query(INSERT, [id, customer.sub, label]);
    await this.lifecycle.open(PARCEL, customer.sub, insert);
    return this.reader.getAny(PARCEL, id);
  }
}
