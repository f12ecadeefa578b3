import type { ClientProxy } from '@nestjs/microservices';
import type { ActiveBroadcastView } from '../lifecycle/active-broadcast.view.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import type { CustomerBroadcastClientOptions } from '../interfaces/customer-broadcast-client-options.interface.ts';
import type { BroadcastView } from '../lifecycle/broadcast.view.ts';
import { assertWholeNumber } from './broadcast-call.checks.ts';
import { BroadcastKindClient } from './broadcast-kind.client.ts';
import { BroadcastRequestSender } from './broadcast-request.sender.ts';

/** No answer takes longer than 5 s: whoever waited for less would give up on what is about to succeed. */
const DEFAULT_TIMEOUT_MS = 5_000;
/** One further attempt outlives the death of the replica that took the first. */
const DEFAULT_RETRIES = 1;
const MAX_RETRIES = 10;
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Talks to the services of any kind over Nest's Redis transport. It knows no kind: their bodies and answers are type
 * parameters. Each request is carried out by one replica and answered once.
 *
 * The caller owns the `ClientProxy`, which is connected by the first call and closed by whoever made it. Give it
 * `retryAttempts`, or Nest does not reconnect it in the background. Safe to share; keeps nothing between two calls.
 *
 * @example
 * // as a provider, beside ClientsModule.register([{ name: BUS, transport: Transport.REDIS, options }])
 * { provide: CustomerBroadcastClient, inject: [BUS], useFactory: (bus: ClientProxy) => new CustomerBroadcastClient(bus) }
 * @publicApi
 */
export class CustomerBroadcastClient {
  protected readonly sender: BroadcastRequestSender;

  /** @throws BroadcastInputException for an option out of range */
  constructor(proxy: ClientProxy, options: CustomerBroadcastClientOptions = {}) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, retries = DEFAULT_RETRIES } = options;
    assertWholeNumber('timeoutMs', timeoutMs, 1, MAX_TIMER_MS);
    assertWholeNumber('retries', retries, 0, MAX_RETRIES);
    this.sender = new BroadcastRequestSender(proxy, timeoutMs, retries);
  }

  /**
   * @typeParam Create the body that HTTP's create takes
   * @typeParam View the broadcast as the service shows it
   * @throws BroadcastInputException when the name cannot be a kind's
   * @example client.forKind<CreateParcel, ParcelView>('parcel').create(actor, { label: 'vase' })
   */
  forKind<Create extends object = Record<string, unknown>, View extends object = BroadcastView>(
    kind: string,
  ): BroadcastKindClient<Create, View> {
    return new BroadcastKindClient(kind, this.sender);
  }

  /** What the customer has on the air, of whatever kind; null when nothing. Rejects as {@link BroadcastKindClient} does. */
  findActive(customer: BroadcastActor): Promise<ActiveBroadcastView | null> {
    return this.sender.send({ pattern: 'customer-broadcast.find-active', actor: customer });
  }
}
