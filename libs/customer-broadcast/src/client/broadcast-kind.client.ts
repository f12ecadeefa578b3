import { randomUUID } from 'node:crypto';
import type { ExpiryRun } from '../expiry/broadcast-expiry.service.ts';
import type { ActiveBroadcastView } from '../lifecycle/active-broadcast.view.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import type {
  BroadcastCallOptions,
  CancelCallOptions,
  CreateCallOptions,
} from '../interfaces/customer-broadcast-client-options.interface.ts';
import { assertId, assertIdempotencyKey, assertObject } from './broadcast-call.checks.ts';
import type { BroadcastRequestSender } from './broadcast-request.sender.ts';

/**
 * The requests about one kind. Made by {@link CustomerBroadcastClient.forKind}, which says what the type parameters are.
 *
 * @throws BroadcastInputException for an argument that cannot be right; nothing was sent
 * @throws BroadcastRefusedException when the service answered with a problem
 * @throws BroadcastOutcomeUnknownException when no answer came in time; repeating with its `idempotencyKey` is safe
 * @throws BroadcastNotSentException without a connection to Redis; nothing was sent
 * @publicApi
 */
export class BroadcastKindClient<Create extends object, View extends object, Offer extends object> {
  constructor(
    private readonly kind: string,
    private readonly sender: BroadcastRequestSender,
  ) {}

  /** @param customer whose broadcast it will be */
  create(customer: BroadcastActor, body: Create, options: CreateCallOptions = {}): Promise<View> {
    const { onActive } = options;
    return this.change('create', customer, options, { body: onActive ? { ...body, onActive } : body });
  }

  /** The new broadcast, or the active one of whatever kind: that has `kind` and `cancel`. */
  createOrFindActive(
    customer: BroadcastActor,
    body: Create,
    options: BroadcastCallOptions = {},
  ): Promise<View | ActiveBroadcastView> {
    return this.change('create', customer, options, { body: { ...body, onActive: 'return' } });
  }

  get(actor: BroadcastActor, id: string): Promise<View> {
    return this.checked(() => {
      assertId(id);
      return this.sender.send({ pattern: `${this.kind}.get`, actor, body: { id } });
    });
  }

  cancel(actor: BroadcastActor, id: string, options: CancelCallOptions = {}): Promise<View> {
    const { reason } = options;
    return this.change('cancel', actor, options, { id, body: reason === undefined ? {} : { reason } });
  }

  /** @param offer the body that HTTP's accept has */
  accept(
    transporter: BroadcastActor,
    id: string,
    offer: Offer,
    options: BroadcastCallOptions = {},
  ): Promise<View> {
    return this.change('accept', transporter, options, { id, body: offer });
  }

  /** Expires what is overdue now. Counts what this call expired, not what others did. */
  expireDue(operator: BroadcastActor, options: BroadcastCallOptions = {}): Promise<ExpiryRun> {
    return this.change('expire-due', operator, options, { body: {} });
  }

  private change<T>(
    action: string,
    actor: BroadcastActor,
    { idempotencyKey = randomUUID() }: BroadcastCallOptions,
    { id, body }: { readonly id?: string; readonly body: object },
  ): Promise<T> {
    return this.checked(() => {
      if (action === 'cancel' || action === 'accept') assertId(id);
      assertObject('body', body);
      assertIdempotencyKey(idempotencyKey);
      const fields = id === undefined ? body : { ...body, id };
      return this.sender.send({ pattern: `${this.kind}.${action}`, idempotencyKey, actor, body: fields });
    });
  }

  /** A bad argument rejects as every other failure does. */
  private async checked<T>(call: () => Promise<T>): Promise<T> {
    return call();
  }
}
