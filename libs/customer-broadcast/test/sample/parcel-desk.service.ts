import {
  BroadcastOutcomeUnknownException,
  BroadcastRefusedException,
  CustomerBroadcastClient,
} from '@app/customer-broadcast';
import type { ClientProxy } from '@nestjs/microservices';

interface CreateParcel {
  readonly label: string;
}

/** Of a service that has no parcels of its own. Made with the `ClientProxy` of its own ClientsModule. */
export class ParcelDesk {
  private readonly client: CustomerBroadcastClient;

  constructor(proxy: ClientProxy) {
    this.client = new CustomerBroadcastClient(proxy, { timeoutMs: 3_000 });
  }

  /** @param requestNumber makes it one parcel, however often it is asked for */
  async send(customerId: string, label: string, requestNumber: string): Promise<string> {
    const customer = { sub: customerId, role: 'customer' } as const;
    const parcels = this.client.forKind<CreateParcel>('parcel');
    try {
      const { id } = await parcels.create(customer, { label }, { idempotencyKey: requestNumber });
      return `Parcel ${id} is on the air.`;
    } catch (error) {
      if (error instanceof BroadcastRefusedException && error.activeBroadcast) {
        return `Cancel the ${error.activeBroadcast.kind} ${error.activeBroadcast.id} first.`;
      }
      if (error instanceof BroadcastOutcomeUnknownException) return 'We do not know yet; press again.';
      throw error; // a filter of yours passes it on by its status and code
    }
  }
}
