import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CustomerSlotService } from '../check/customer-slot.service.ts';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import {
  BroadcastNotFoundException,
  InvalidTransitionException,
} from '../exceptions/broadcast.exceptions.ts';
import { ActiveBroadcastHint } from '../hint/active-broadcast.hint.ts';
import type { BroadcastKind, GuardedKind } from '../interfaces/broadcast-kind.interface.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { OutboxSignal } from '../outbox/outbox.signal.ts';
import type { Broadcast } from './broadcast.entity.ts';
import { type BroadcastFields, BroadcastInsertRepository } from './broadcast-insert.repository.ts';
import {
  type AlsoWritten,
  BroadcastRepository,
  type BroadcastState,
  type ManyMade,
  type TransitionCause,
} from './broadcast.repository.ts';
import type { Lifecycle } from './lifecycle.definition.ts';

/** A kind whose steps have these names. */
type KindWith<Step extends string> = BroadcastKind<Broadcast, Lifecycle<string, Step>>;

/** Who makes a step, and what goes with it. @publicApi */
export interface StepOptions extends TransitionCause {
  /** Only when the broadcast belongs to this customer; another's is not found. @default of any customer */
  readonly ownedBy?: string;
  readonly also?: AlsoWritten;
}

/** Who makes a step of many broadcasts, and of which. @publicApi */
export interface ManyStepsOptions {
  readonly by: string;
  /** Only those in this status, one of the step's. */
  readonly from: string;
  readonly also?: AlsoWritten;
}

/**
 * The life of a broadcast of any kind, as its declaration has it. Every transition is one state-guarded update; the database
 * writes its history and its event in the same transaction. When a call that ends a broadcast has returned, the customer's
 * next create succeeds.
 *
 * Who may make a step is the application's to check; here it is asked whose the broadcast is. Each method may be called again
 * with the same arguments: what has been done already is not done twice and not refused.
 *
 * @publicApi
 */
@Injectable()
export class BroadcastLifecycleService {
  private readonly logger = new Logger(BroadcastLifecycleService.name);

  constructor(
    private readonly repository: BroadcastRepository,
    private readonly inserts: BroadcastInsertRepository,
    private readonly slot: CustomerSlotService,
    private readonly hint: ActiveBroadcastHint,
    private readonly signal: OutboxSignal,
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'broadcastTimeoutSeconds'>,
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
    kind: GuardedKind | BroadcastKind,
    customerId: string,
    insert: (on: EntityManager) => Promise<T>,
  ): Promise<T> {
    const opened = await this.slot.open(customerId, insert);
    await this.slot.afterCommit(() => {
      if ('lifecycle' in kind) metrics.transitions.inc({ kind: kind.name, to: kind.lifecycle.initial });
      this.signal.notify();
    });
    return opened;
  }

  /**
   * Inserts a broadcast with a new UUIDv7, the initial status and a deadline, for a customer whose slot is free. For the plain
   * case: where many customers create at once, `open` with a `BatchedInsert` does more.
   *
   * @param fields columns of the kind's own, by their properties; one that is left out gets the column's default
   * @param timeoutSeconds until the deadline, 1 or more @default the option `broadcastTimeoutSeconds`
   * @returns the row as its entity, without relations
   * @throws ActiveBroadcastExistsException when the slot is taken; nothing was written
   * @throws Error for a field that is no column of the kind's own; nothing was written
   * @example const parcel = await this.lifecycle.create(PARCEL, customerId, { label: 'vase' });
   */
  create<T extends Broadcast>(
    kind: BroadcastKind<T>,
    customerId: string,
    fields: BroadcastFields<T>,
    timeoutSeconds: number = this.options.broadcastTimeoutSeconds,
  ): Promise<T> {
    const row = { customerId, timeoutSeconds, fields };
    return this.open(kind, customerId, () => this.inserts.insert(kind, row));
  }

  /**
   * Makes a step. A broadcast that is already where the step leads stays there, and that is no error.
   *
   * @throws BroadcastNotFoundException when there is no such broadcast, or it is not of `ownedBy`
   * @throws InvalidTransitionException when its status or deadline does not allow the step; nothing was changed
   * @throws Error when the kind declares no such step
   */
  async step<Step extends string>(
    kind: KindWith<Step>,
    id: string,
    step: NoInfer<Step>,
    options: StepOptions,
  ): Promise<void> {
    if (await this.attempt(kind, id, step, options)) return;
    const state = await this.stateOf(kind, id, options.ownedBy);
    if (state.status !== kind.lifecycle.step(step).to) throw this.refusal(kind, id, step, state);
  }

  /**
   * Makes a step if it can be made now.
   *
   * @returns false when there is no such broadcast, or it is not of `ownedBy`, or its status or deadline does not allow the
   *   step; nothing was changed then
   * @throws Error when the kind declares no such step
   */
  async attempt<Step extends string>(
    kind: KindWith<Step>,
    id: string,
    step: NoInfer<Step>,
    options: StepOptions,
  ): Promise<boolean> {
    const { from, to } = kind.lifecycle.step(step);
    const { cancels, expires } = kind.lifecycle;
    const evenOverdue = step === cancels || step === expires;
    const made = await this.repository.transition(kind, id, { ...options, from, to, evenOverdue });
    if (made) await this.moved(kind, { ...made, to });
    return made !== null;
  }

  /** Makes a step of these at once, none of them overdue. It waits for none that another transaction has locked. */
  async stepMany<Step extends string>(
    kind: KindWith<Step>,
    ids: readonly string[],
    step: NoInfer<Step>,
    options: ManyStepsOptions,
  ): Promise<ManyMade> {
    const { to } = kind.lifecycle.step(step);
    const many = await this.repository.transitionMany(kind, { ...options, to }, ids);
    metrics.transitions.inc({ kind: kind.name, to }, many.made.length);
    return many;
  }

  /** Makes a step of up to `limit`, the earliest deadlines first. It looks at every active row. @returns how many made it */
  async stepAny<Step extends string>(
    kind: KindWith<Step>,
    limit: number,
    step: NoInfer<Step>,
    options: ManyStepsOptions,
  ): Promise<number> {
    const { to } = kind.lifecycle.step(step);
    const made = await this.repository.transitionAny(kind, { ...options, to }, limit);
    metrics.transitions.inc({ kind: kind.name, to }, made.length);
    return made.length;
  }

  /**
   * For a transition that was written by a statement of the application's own. Follows its commit: the key of a broadcast that
   * ended goes, and the relay looks for the event.
   */
  async moved(
    kind: BroadcastKind,
    change: {
      readonly id: string;
      readonly customerId: string;
      readonly from: string;
      readonly to: string;
    },
  ): Promise<void> {
    const { lifecycle } = kind;
    await this.slot.afterCommit(async () => {
      if (change.from !== change.to) metrics.transitions.inc({ kind: kind.name, to: change.to });
      if (!lifecycle.isActive(change.from) || lifecycle.isActive(change.to)) return;
      this.signal.notify();
      // Redis away: the slot is free all the same, and the listener deletes the key when the event arrives.
      await this.hint.close(change.customerId, { kind: kind.name, id: change.id }).catch(() => false);
      this.logger.log({ broadcastId: change.id, kind: kind.name, status: change.to }, 'broadcast ended');
    });
  }

  private async stateOf(kind: BroadcastKind, id: string, ownedBy?: string): Promise<BroadcastState> {
    const state = await this.repository.findState(kind, id);
    if (!state || (ownedBy !== undefined && state.customerId !== ownedBy)) {
      throw new BroadcastNotFoundException(kind.name, id);
    }
    return state;
  }

  private refusal(
    kind: BroadcastKind,
    id: string,
    step: string,
    state: BroadcastState,
  ): InvalidTransitionException {
    const { lifecycle } = kind;
    const overdue = state.overdue && lifecycle.isActive(state.status);
    return new InvalidTransitionException(kind.name, id, state.status, lifecycle.step(step).to, overdue);
  }
}
