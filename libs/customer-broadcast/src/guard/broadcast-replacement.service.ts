import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { metrics } from '../customer-broadcast.metrics.ts';
import { ActiveBroadcastExistsException } from '../exceptions/active-broadcast-exists.exception.ts';
import { OutboxSignal } from '../outbox/outbox.signal.ts';
import { isDeadlock } from '../postgres/postgres-error.ts';
import { afterCommit, inSavepoint, inTransaction } from '../postgres/transaction.ts';
import { ActiveBroadcastHint } from '../hint/active-broadcast.hint.ts';
import { ActiveBroadcastRepository } from '../check/active-broadcast.repository.ts';

/** How often a create is tried whose customer got another broadcast between the cancel and the insert. */
const ATTEMPTS = 3;

/** Puts a new broadcast in the place of the one that is active. */
@Injectable()
export class BroadcastReplacementService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly broadcasts: ActiveBroadcastRepository,
    private readonly hint: ActiveBroadcastHint,
    private readonly signal: OutboxSignal,
  ) {}

  /**
   * Cancels what the customer has active, of whatever kind, and runs the create, in one transaction: other sessions see the
   * old one or the new one. The terminal event of the old one is written with it, like that of any cancel.
   *
   * @param create called again when a rival's broadcast took the slot in between; its statements join the transaction
   * @throws ActiveBroadcastExistsException when rivals took the slot each time
   * @throws what `create` throws; the old broadcast is active as before
   */
  replace<T>(customerId: string, create: () => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await inSavepoint(this.dataSource, async () => {
            await this.cancelActive(customerId);
            return create();
          });
        } catch (error) {
          if (!isOvertaken(error) || attempt === ATTEMPTS) throw error;
        }
      }
    });
  }

  private async cancelActive(customerId: string): Promise<void> {
    await this.broadcasts.expireOverdue(customerId);
    for (const { kind, id } of await this.broadcasts.cancelActive(customerId)) {
      await afterCommit(this.dataSource, async () => {
        metrics.transitions.inc({ kind, to: 'cancelled' });
        this.signal.notify();
        await this.hint.close(customerId, { kind, id }).catch(() => false); // the listener deletes it later
      });
    }
  }
}

function isOvertaken(error: unknown): boolean {
  return error instanceof ActiveBroadcastExistsException || isDeadlock(error);
}
