import {
  type BroadcastActor,
  type BroadcastCallOptions,
  BroadcastKindClient,
  type ExpiryRun,
} from '@app/customer-broadcast';

/**
 * The requests about one kind of request for trucks. Made by {@link TruckRequestsClient.forKind}, which says what the type
 * parameters are. Rejects as {@link BroadcastKindClient} does.
 *
 * @publicApi
 */
export class TruckKindClient<Create extends object, View extends object> extends BroadcastKindClient<
  Create,
  View
> {
  /** @param offer the body that HTTP's accept has */
  accept(
    transporter: BroadcastActor,
    id: string,
    offer: object,
    options: BroadcastCallOptions = {},
  ): Promise<View> {
    return this.step(transporter, id, 'accept', { ...options, body: offer });
  }

  /** Expires what is overdue now. Counts what this call expired, not what others did. */
  expireDue(operator: BroadcastActor, options: BroadcastCallOptions = {}): Promise<ExpiryRun> {
    return this.change('expire-due', operator, options, { body: {} });
  }
}
