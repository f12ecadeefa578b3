import {
  BroadcastForbiddenException,
  BroadcastLifecycleService,
  BroadcastNotFoundException,
  InvalidTransitionException,
} from '@app/customer-broadcast';
import type { Actor } from '@app/platform';
import { Injectable } from '@nestjs/common';
import { AcceptanceRepository } from '../acceptance/acceptance.repository.ts';
import { NOT_ACCEPTED_TEXT } from '../acceptance/truck-acceptance.messages.ts';
import { notifiedColumn } from '../dispatch/notified.column.ts';
import { TruckRequestRepository, type TruckRequestState } from '../request/truck-request.repository.ts';
import type { TruckKind } from '../request/truck-kind.interface.ts';
import { TRUCK_LIFE } from '../request/truck.lifecycle.ts';

/**
 * The steps of a request for trucks that a user asks for. Roles are checked before (`TruckAction`); here it is asked
 * whose the request is, and who has accepted it. Each method may be called again with the same arguments: what has been done
 * already is not done twice and not refused.
 *
 * @throws BroadcastNotFoundException when there is no such request, or it is another customer's
 * @throws BroadcastForbiddenException for a transporter who did not accept what is to be started or completed
 * @throws InvalidTransitionException when its status or deadline does not allow the step; nothing was changed
 * @publicApi
 */
@Injectable()
export class TruckLifecycleService {
  constructor(
    private readonly lifecycle: BroadcastLifecycleService,
    private readonly requests: TruckRequestRepository,
    private readonly acceptances: AcceptanceRepository,
  ) {}

  async cancel(kind: TruckKind, id: string, actor: Actor, reason?: string): Promise<void> {
    const ownedBy = actor.role === 'customer' ? actor.sub : undefined;
    await this.lifecycle.step(kind, id, 'cancel', { by: actor.sub, reason, ownedBy });
  }

  /** @param notified how many transporters were told, 0 or more; the first report is kept */
  async dispatched(kind: TruckKind, id: string, actor: Actor, notified: number): Promise<void> {
    const report = { by: actor.sub, also: notifiedColumn(notified) };
    if (await this.lifecycle.attempt(kind, id, 'dispatch', report)) return;
    const state = await this.stateOf(kind, id);
    const overdue = TRUCK_LIFE.isActive(state.status) && state.overdue;
    if (!overdue && state.notified !== null) return;
    // A transporter was faster than the dispatcher's report: the report is kept, the status stays.
    if (overdue || state.status !== 'partially_filled')
      throw new InvalidTransitionException(kind.name, id, state.status, 'active', overdue);
    await this.requests.recordNotified(kind, id, notified);
  }

  async start(kind: TruckKind, id: string, actor: Actor): Promise<void> {
    await this.requireAcceptance(kind, id, actor);
    await this.lifecycle.step(kind, id, 'start', { by: actor.sub });
  }

  async complete(kind: TruckKind, id: string, actor: Actor): Promise<void> {
    await this.requireAcceptance(kind, id, actor);
    await this.lifecycle.step(kind, id, 'complete', { by: actor.sub });
  }

  private async stateOf(kind: TruckKind, id: string): Promise<TruckRequestState> {
    const state = await this.requests.findState(kind, id);
    if (!state) throw new BroadcastNotFoundException(kind.name, id);
    return state;
  }

  private async requireAcceptance(kind: TruckKind, id: string, actor: Actor): Promise<void> {
    await this.stateOf(kind, id);
    if (actor.role !== 'transporter') return;
    if (await this.acceptances.hasAccepted(kind, id, actor.sub)) return;
    throw new BroadcastForbiddenException(NOT_ACCEPTED_TEXT(kind.name, id));
  }
}
