import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { asSlotTaken } from 'single-active';
import { DataSource, type EntityManager } from 'typeorm';
import { metrics } from '../customer-broadcast.metrics.ts';
import { ActiveBroadcastExistsException } from '../exceptions/active-broadcast-exists.exception.ts';
import { constraintOf, isDeadlock } from '../postgres/postgres-error.ts';
import { afterCommit, inSavepoint, managerOf } from '../postgres/transaction.ts';
import { RULE_NAME } from '../migrations/installed-kinds.ts';
import { HammeringCustomers } from './hammering-customers.ts';
import { ActiveBroadcastRepository, type SlotHolder } from './active-broadcast.repository.ts';

/**
 * How often an insert is tried that met a slot whose holder is gone, or overdue, when looked at. Each round ends the
 * overdue one first; more than a few means that others keep taking the slot, and then it is taken.
 */
const ATTEMPTS = 3;

/** The slot of a customer, as Postgres sees it. */
@Injectable()
export class CustomerSlotService {
  private readonly hammering = new HammeringCustomers();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly broadcasts: ActiveBroadcastRepository,
  ) {}

  /** Who holds the slot. A holder that is overdue is expired first, so that its deadline holds without any worker. */
  async holder(customerId: string): Promise<SlotHolder | null> {
    const holder = await this.broadcasts.find(customerId);
    if (!holder?.overdue) return holder;
    await this.broadcasts.expireOverdue(customerId);
    const next = await this.broadcasts.find(customerId);
    return next?.overdue ? null : next;
  }

  /**
   * @param layer which layer of the guard asks, for the metrics
   * @throws ActiveBroadcastExistsException when the slot is taken
   */
  async refuseIfTaken(customerId: string, layer: string): Promise<void> {
    const holder = await this.holder(customerId);
    if (holder) throw this.refusal(holder, layer);
  }

  /**
   * For a customer whose key says that the slot is taken: asks whether it is true, of one who hammers only now and then.
   *
   * @param key its value, just read
   * @throws ActiveBroadcastExistsException when the slot is taken, or was half a second ago and the key still says so
   */
  async refuseIfConfirmed(customerId: string, key: string): Promise<void> {
    const holder = await this.hammering.holder(customerId, key, () => this.holder(customerId));
    if (holder) throw this.refusal(holder, 'key');
  }

  /** The refusal of a customer whose slot is taken, or whose other create is in flight. */
  refusal(holder: SlotHolder | null, layer: string): ActiveBroadcastExistsException {
    metrics.refused.inc({ layer });
    return new ActiveBroadcastExistsException(holder?.broadcast ?? null, holder?.secondsLeft ?? undefined);
  }

  /**
   * Runs an insert that takes the customer's slot. The slot decides, whatever the key and the lock said: the loser of a
   * race is refused here, with nothing written.
   *
   * @param insert writes through the manager that it gets, one statement, or several in `inTransaction`; called again
   *   after an overdue holder was expired, so it has no effect outside the database
   * @throws ActiveBroadcastExistsException when the slot is taken
   */
  async open<T>(customerId: string, insert: (on: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inSavepoint(this.dataSource, () => insert(managerOf(this.dataSource)));
      } catch (error) {
        if (!isSlotTaken(error)) throw error;
        const holder = await this.holder(customerId);
        if (holder || attempt === ATTEMPTS) throw this.refusal(holder, 'slot');
      }
    }
  }

  /**
   * Does something that may only follow the commit of what was written here: at once outside of a transaction.
   *
   * @param onRollback done instead when the transaction is not committed, or its outcome is unknown
   */
  afterCommit(onCommit: () => unknown, onRollback?: () => unknown): Promise<void> {
    return afterCommit(this.dataSource, onCommit, onRollback);
  }
}

/**
 * By the constraint's name: other unique keys fail with the same SQLSTATE. A deadlock is one with a create that replaces:
 * each has one of the two keys that the other waits for.
 */
function isSlotTaken(error: unknown): boolean {
  if (isDeadlock(error)) return true;
  return asSlotTaken(error)?.rule === RULE_NAME || /^uq_.*_active_customer$/.test(constraintOf(error) ?? '');
}
