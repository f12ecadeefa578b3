import { CustomerBroadcastClient } from '@app/customer-broadcast';
import type { TruckRequestView } from '../request/truck-request.view.ts';
import { TruckKindClient } from './truck-kind.client.ts';

/**
 * Talks to the services of requests for trucks over Nest's Redis transport, as `CustomerBroadcastClient` does to those of any
 * kind.
 *
 * @example new TruckRequestsClient(proxy).forKind('booking').accept(transporter, id, { trucks: 1 })
 * @publicApi
 */
export class TruckRequestsClient extends CustomerBroadcastClient {
  /**
   * @typeParam Create the body that HTTP's create takes
   * @typeParam View the request as the service shows it
   * @throws BroadcastInputException when the name cannot be a kind's
   */
  override forKind<Create extends object = Record<string, unknown>, View extends object = TruckRequestView>(
    kind: string,
  ): TruckKindClient<Create, View> {
    return new TruckKindClient(kind, this.sender);
  }
}
