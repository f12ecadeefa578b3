import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { metrics } from '../customer-broadcast.metrics.ts';
import { NOT_ACCEPTED_TEXT } from '../customer-broadcast.messages.ts';
import {
  BroadcastForbiddenException,
  BroadcastNotFoundException,
  InvalidTransitionException,
} from '../exceptions/broadcast.exceptions.ts';
import { ActiveBroadcastHint } from '../hint/active-broadcast.hint.ts';
import { CustomerSlotService } from '../check/customer-slot.service.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { OutboxSignal } from '../outbox/outbox.signal.ts';
import { AcceptanceRepository } from './acceptance.repository.ts';
import { BroadcastRepository, type BroadcastState, type TransitionRequest } from './broadcast.repository.ts';
import { type BroadcastStatus, isActiveStatus } from './broadcast-status.ts';

/**
 * The life of a broadcast of any kind. Every transition is one state-guarded update; the database writes its history and
 * its event in the same transaction. When a call that ends a broadcast has returned, the customer's next create succeeds.
 *
 * Roles are checked before (`BroadcastAction`); here it is asked whose the broadcast is. Each method may be called again
 * with the same arguments: what has been done already is not done twice and not refused.
 *
 * @throws BroadcastNotFoundException when there is no such broadcast, or it is another customer's
 * @throws InvalidTransitionException when its status or deadline does not allow the step; nothing was changed
 * @publicApi
 */
@Injectable()
export class BroadcastLifecycleService {
  private readonly logger = new Logger(BroadcastLifecycleService.name);

  constructor(
    private readonly repository: BroadcastRepository,
    private readonly acceptances: AcceptanceRepository,
    private readonly slot: CustomerSlotService,
    private readonly hint: ActiveBroadcastHint,
    private readonly signal: OutboxSignal,
  ) {}

  /**
   * Inserts a broadcast for a customer whose slot is free.
   *
   * @param insert writes the row through the manager that it gets, so that it is part of the transaction that is open
   *   around a create with an idempotency key, or one that replaces; may be called again after an overdue broadcast was
   *   expired
   * @throws ActiveBroadcastExistsException when the slot is taken; nothing was written
   */
  async open<T>(
    kind: BroadcastKind,
    customerId: string,
    insert: (on: EntityManager) => Promise<T>,
  ): Promise<T> {
    const opened = await this.slot.open(customerId, insert);
    await this.slot.afterCommit(() => {
      metrics.transitions.inc({ kind: kind.name, to: 'created' });
      this.signal.notify();
    });
    return opened;
  }

  async cancel(kind: BroadcastKind, id: string, actor: BroadcastActor, reason?: string): Promise<void> {
    const ownedBy = actor.role === 'customer' ? actor.sub : undefined;
    await this.transition(kind, id, { to: 'cancelled', by: actor.sub, reason, ownedBy });
  }

  /** @param notified how many transporters were told, 0 or more; the first report is kept */
  async dispatched(kind: BroadcastKind, id: string, actor: BroadcastActor, notified: number): Promise<void> {
    const made = await this.repository.transition(kind, id, { to: 'active', by: actor.sub, notified });
    if (made) {
      await this.slot.afterCommit(() => metrics.transitions.inc({ kind: kind.name, to: 'active' }));
      return;
    }
    const state = await this.stateOf(kind, id);
    if (isActiveStatus(state.status) && state.overdue) throw refused(kind, id, state, 'active');
    if (state.notified !== null) return;
    // A transporter was faster than the dispatcher's report: the report is kept, the status stays.
    if (state.status !== 'partially_filled') throw refused(kind, id, state, 'active');
    await this.repository.recordNotified(kind, id, notified);
  }

  async start(kind: BroadcastKind, id: string, actor: BroadcastActor): Promise<void> {
    await this.requireAcceptance(kind, id, actor);
    await this.transition(kind, id, { to: 'in_progress', by: actor.sub });
  }

  async complete(kind: BroadcastKind, id: string, actor: BroadcastActor): Promise<void> {
    await this.requireAcceptance(kind, id, actor);
    await this.transition(kind, id, { to: 'completed', by: actor.sub });
  }

  /** Follows the commit of a transition: the key of a broadcast that ended goes, and the relay looks for the event. */
  async moved(
    kind: BroadcastKind,
    change: {
      readonly id: string;
      readonly customerId: string;
      readonly from: BroadcastStatus;
      readonly to: BroadcastStatus;
    },
  ): Promise<void> {
    await this.slot.afterCommit(async () => {
      if (change.from !== change.to) metrics.transitions.inc({ kind: kind.name, to: change.to });
      if (!isActiveStatus(change.from) || isActiveStatus(change.to)) return;
      this.signal.notify();
      // Redis away: the slot is free all the same, and the listener deletes the key when the event arrives.
      await this.hint.close(change.customerId, { kind: kind.name, id: change.id }).catch(() => false);
      this.logger.log({ broadcastId: change.id, kind: kind.name, status: change.to }, 'broadcast ended');
    });
  }

  private async transition(kind: BroadcastKind, id: string, request: TransitionRequest): Promise<void> {
    const made = await this.repository.transition(kind, id, request);
    if (made) {
      await this.moved(kind, { ...made, to: request.to });
      return;
    }
    const state = await this.stateOf(kind, id);
    if (request.ownedBy !== undefined && state.customerId !== request.ownedBy) {
      throw new BroadcastNotFoundException(kind.name, id);
    }
    if (state.status !== request.to) throw refused(kind, id, state, request.to);
  }

  private async stateOf(kind: BroadcastKind, id: string): Promise<BroadcastState> {
    const state = await this.repository.findState(kind, id);
    if (!state) throw new BroadcastNotFoundException(kind.name, id);
    return state;
  }

  private async requireAcceptance(kind: BroadcastKind, id: string, actor: BroadcastActor): Promise<void> {
    await this.stateOf(kind, id);
    if (actor.role !== 'transporter') return;
    if (await this.acceptances.hasAccepted(kind, id, actor.sub)) return;
    throw new BroadcastForbiddenException(NOT_ACCEPTED_TEXT(kind.name, id));
  }
}

function refused(
  kind: BroadcastKind,
  id: string,
  state: BroadcastState,
  to: BroadcastStatus,
): InvalidTransitionException {
  const overdue = state.overdue && isActiveStatus(state.status);
  return new InvalidTransitionException(kind.name, id, state.status, to, overdue);
}
