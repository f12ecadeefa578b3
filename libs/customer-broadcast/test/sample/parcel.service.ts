import { type BroadcastActor, BroadcastLifecycleService } from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Parcel, PARCEL } from './parcel.entity.ts';

// What it returns is the answer: whoever reads the row again finds what a dispatcher has made of it meanwhile.
const INSERT = `INSERT INTO parcels (id, customer_id, state_changed_by, label, expires_at)
  VALUES ($1, $2, $2, $3, clock_timestamp() + interval '120 seconds')
  RETURNING id, label, customer_id AS "customerId", status, trucks_needed AS "trucksNeeded", trucks_filled AS "trucksFilled",
    created_at AS "createdAt", state_changed_at AS "stateChangedAt", expires_at AS "expiresAt"`;

@Injectable()
export class ParcelService {
  constructor(private readonly lifecycle: BroadcastLifecycleService) {}

  async create(customer: BroadcastActor, label: string): Promise<Parcel> {
    const [row] = await this.lifecycle.open(PARCEL, customer.sub, (on) =>
      on.query<Parcel[]>(INSERT, [uuidv7(), customer.sub, label]),
    );
    return Object.assign(new Parcel(), row);
  }
}
