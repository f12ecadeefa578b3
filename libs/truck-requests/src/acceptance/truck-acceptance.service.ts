import {
  BroadcastLifecycleService,
  BroadcastNotFoundException,
  InvalidTransitionException,
  inTransaction,
} from '@app/customer-broadcast';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { TruckRequestRepository, type TruckRequestState } from '../request/truck-request.repository.ts';
import type { TruckKind } from '../request/truck-kind.interface.ts';
import { TRUCK_LIFE, type TruckStatus } from '../request/truck.lifecycle.ts';
import { AcceptanceRepository } from './acceptance.repository.ts';
import { NoLongerAvailableException } from './no-longer-available.exception.ts';

/** What a transporter offers. @publicApi */
export interface TruckOffer {
  readonly transporterId: string;
  /** 1 or more. */
  readonly trucks: number;
  /** Of a kind that counts per item. */
  readonly itemId?: string;
}

/**
 * Books the trucks on the item of a request, in the transaction it is given, where the request's row is locked.
 * Returns how many the item still needed; fewer than offered means that it changed nothing.
 *
 * @publicApi
 */
export type ItemAllotment = (on: EntityManager) => Promise<number>;

const WITHDRAWN: readonly TruckStatus[] = ['cancelled', 'expired'];

/** Transporters accept trucks, exactly as many as were asked for. @publicApi */
@Injectable()
export class TruckAcceptanceService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly requests: TruckRequestRepository,
    private readonly acceptances: AcceptanceRepository,
    private readonly lifecycle: BroadcastLifecycleService,
  ) {}

  /**
   * Accepts all of the offered trucks or none. The row is locked while it is decided, so concurrent offers never fill
   * more than was asked, and of an offer and a cancel one wins whole. The repeated acceptance of a transporter changes
   * nothing and is no error.
   *
   * @throws BroadcastNotFoundException when there is no such request
   * @throws InvalidTransitionException when it has ended or its deadline has passed
   * @throws NoLongerAvailableException when fewer trucks are needed than offered
   */
  async accept(kind: TruckKind, id: string, offer: TruckOffer, allot?: ItemAllotment): Promise<void> {
    const change = await inTransaction(this.dataSource, async (on) => {
      const state = await this.requests.findState(kind, id, on);
      if (!state) throw new BroadcastNotFoundException(kind.name, id);
      const isNew = await this.acceptances.add(on, kind, { id, ...offer });
      if (!isNew && !isWithdrawn(state)) return null;
      requireOpen(kind, id, state, offer.trucks);
      const left = (await allot?.(on)) ?? state.trucksNeeded - state.trucksFilled;
      if (offer.trucks > left) throw new NoLongerAvailableException(offer.trucks, left);
      const full = state.trucksFilled + offer.trucks === state.trucksNeeded;
      const to = full ? 'fully_filled' : 'partially_filled';
      await this.requests.fill(on, kind, id, { trucks: offer.trucks, to, by: offer.transporterId });
      return { id, customerId: state.customerId, from: state.status, to } as const;
    });
    if (change) await this.lifecycle.moved(kind, change);
  }
}

/** Whether even a repeated acceptance must not look like a success; an overdue request is as good as expired. */
function isWithdrawn({ status, overdue }: TruckRequestState): boolean {
  return WITHDRAWN.includes(status) || (TRUCK_LIFE.isActive(status) && overdue);
}

function requireOpen(kind: TruckKind, id: string, state: TruckRequestState, trucks: number): void {
  if (state.status === 'fully_filled') throw new NoLongerAvailableException(trucks, 0);
  if (!TRUCK_LIFE.isActive(state.status) || state.overdue) {
    throw new InvalidTransitionException(
      kind.name,
      id,
      state.status,
      'partially_filled',
      TRUCK_LIFE.isActive(state.status),
    );
  }
}
