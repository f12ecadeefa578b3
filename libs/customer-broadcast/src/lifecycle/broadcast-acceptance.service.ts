import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import {
  BroadcastNotFoundException,
  InvalidTransitionException,
  NoLongerAvailableException,
} from '../exceptions/broadcast.exceptions.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { AcceptanceRepository } from './acceptance.repository.ts';
import { BroadcastLifecycleService } from './broadcast-lifecycle.service.ts';
import { BroadcastRepository, type BroadcastState } from './broadcast.repository.ts';
import { type BroadcastStatus, isActiveStatus } from './broadcast-status.ts';

/** What a transporter offers. @publicApi */
export interface TruckOffer {
  readonly trucks: number;
  /** Of a kind that counts per item. */
  readonly itemId?: string;
}

/**
 * Books the trucks on the item of a broadcast, in the transaction it is given, where the broadcast's row is locked.
 * Returns how many the item still needed; fewer than offered means that it changed nothing.
 *
 * @publicApi
 */
export type ItemAllotment = (on: EntityManager) => Promise<number>;

const WITHDRAWN: readonly BroadcastStatus[] = ['cancelled', 'expired'];

/** Transporters accept trucks, exactly as many as were asked for. @publicApi */
@Injectable()
export class BroadcastAcceptanceService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly repository: BroadcastRepository,
    private readonly acceptances: AcceptanceRepository,
    private readonly lifecycle: BroadcastLifecycleService,
  ) {}

  /**
   * Accepts all of the offered trucks or none. The row is locked while it is decided, so concurrent offers never fill
   * more than was asked, and of an offer and a cancel one wins whole. The repeated acceptance of a transporter changes
   * nothing and is no error.
   *
   * @throws BroadcastNotFoundException when there is no such broadcast
   * @throws InvalidTransitionException when it has ended or its deadline has passed
   * @throws NoLongerAvailableException when fewer trucks are needed than offered
   */
  async accept(
    kind: BroadcastKind,
    id: string,
    actor: BroadcastActor,
    offer: TruckOffer,
    allot?: ItemAllotment,
  ): Promise<void> {
    const change = await inTransaction(this.dataSource, async (on) => {
      const state = await this.repository.findState(kind, id, on);
      if (!state) throw new BroadcastNotFoundException(kind.name, id);
      const isNew = await this.acceptances.add(on, kind, { id, transporterId: actor.sub, ...offer });
      if (!isNew && !isWithdrawn(state)) return null;
      requireOpen(kind, id, state, offer.trucks);
      const left = (await allot?.(on)) ?? state.trucksNeeded - state.trucksFilled;
      if (offer.trucks > left) throw new NoLongerAvailableException(offer.trucks, left);
      const full = state.trucksFilled + offer.trucks === state.trucksNeeded;
      const to = full ? 'fully_filled' : 'partially_filled';
      await this.repository.fill(on, kind, id, { trucks: offer.trucks, to, by: actor.sub });
      return { id, customerId: state.customerId, from: state.status, to } as const;
    });
    if (change) await this.lifecycle.moved(kind, change);
  }
}

/** Whether even a repeated acceptance must not look like a success; an overdue broadcast is as good as expired. */
function isWithdrawn({ status, overdue }: BroadcastState): boolean {
  return WITHDRAWN.includes(status) || (isActiveStatus(status) && overdue);
}

function requireOpen(kind: BroadcastKind, id: string, state: BroadcastState, trucks: number): void {
  if (state.status === 'fully_filled') throw new NoLongerAvailableException(trucks, 0);
  if (!isActiveStatus(state.status) || state.overdue) {
    throw new InvalidTransitionException(
      kind.name,
      id,
      state.status,
      'partially_filled',
      isActiveStatus(state.status),
    );
  }
}
