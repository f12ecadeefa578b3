import { randomUUID } from 'node:crypto';
import type { ActiveBroadcastView } from '../lifecycle/active-broadcast.view.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import type {
  BroadcastCallOptions,
  CancelCallOptions,
  CreateCallOptions,
  StepCallOptions,
} from '../interfaces/customer-broadcast-client-options.interface.ts';
import {
  assertAction,
  assertId,
  assertIdempotencyKey,
  assertKind,
  assertObject,
} from './broadcast-call.checks.ts';
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
export class BroadcastKindClient<Create extends object, View extends object> {
  constructor(
    private readonly kind: string,
    private readonly sender: BroadcastRequestSender,
  ) {
    assertKind(kind);
  }

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

  /**
   * A step of the kind's own.
   *
   * @param step the last part of its pattern: `<kind>.<step>`
   */
  step(
    actor: BroadcastActor,
    id: string,
    step: string,
    { body = {}, ...options }: StepCallOptions = {},
  ): Promise<View> {
    return this.change(step, actor, options, { id, body });
  }

  /** A request that changes something, of one broadcast where an id is given. */
  protected change<T>(
    action: string,
    actor: BroadcastActor,
    { idempotencyKey = randomUUID() }: BroadcastCallOptions,
    target: { readonly id?: string; readonly body: object },
  ): Promise<T> {
    return this.checked(() => {
      assertAction(action);
      if ('id' in target) assertId(target.id);
      assertObject('body', target.body);
      assertIdempotencyKey(idempotencyKey);
      const { body, ...id } = target;
      const fields = { ...body, ...id };
      return this.sender.send({ pattern: `${this.kind}.${action}`, idempotencyKey, actor, body: fields });
    });
  }

  /** A bad argument rejects as every other failure does. */
  private async checked<T>(call: () => Promise<T>): Promise<T> {
    return call();
  }
}
