import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { GUARDED_KIND } from '../customer-broadcast.constants.ts';
import { NO_BROADCAST_TEXT } from '../customer-broadcast.messages.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import { customerIdOf } from '../lifecycle/broadcast-access.guard.ts';
import { BroadcastKindRegistry } from '../lifecycle/broadcast-kind.registry.ts';
import { afterCommit } from '../postgres/transaction.ts';
import { ActiveBroadcastHint } from './active-broadcast.hint.ts';
import { CustomerLockService } from './customer-lock.service.ts';
import { CustomerSlotService } from './customer-slot.service.ts';

/**
 * The guard around a create, in the order in which it was asked for: the key, the lock, the check in Postgres, the handler,
 * the key again, and the unlock. Everything Redis does here only makes the answer early; see decision 0002.
 *
 * It works with promises, so that a caller who gives up does not unsubscribe it half-way: lock and key are always dealt
 * with once the handler has ended.
 */
@Injectable()
export class SingleActiveBroadcastInterceptor implements NestInterceptor {
  private readonly logger = new Logger(SingleActiveBroadcastInterceptor.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly kinds: BroadcastKindRegistry,
    private readonly hint: ActiveBroadcastHint,
    private readonly lock: CustomerLockService,
    private readonly slot: CustomerSlotService,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const startedAtMs = performance.now();
    const kind = this.kinds.get(this.reflector.get<string>(GUARDED_KIND, context.getHandler())).name;
    const customerId = customerIdOf(context);

    await this.refuseIfHinted(customerId);
    const lock = await this.lock.acquire(customerId);
    if (lock.state === 'held') throw this.slot.refusal(await this.slot.holder(customerId), 'lock');
    const release = lock.state === 'acquired' ? lock.release : () => Promise.resolve();
    let broadcast: unknown;
    try {
      await this.slot.refuseIfTaken(customerId, 'check');
      broadcast = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      await release();
      throw error;
    }
    // Together: neither waits for the other, and the answer must find both done.
    await afterCommit(async () => {
      await Promise.all([this.setHint(customerId, kind, broadcast), release()]);
      metrics.createSeconds.observe({ kind }, (performance.now() - startedAtMs) / 1000);
    }, release);
    return of(broadcast);
  }

  /** A key is believed only when Postgres confirms it; one that is stale goes, and the create goes on. */
  private async refuseIfHinted(customerId: string): Promise<void> {
    const value = await this.hint.read(customerId).catch(() => null); // Redis away: the breaker has logged it
    if (value === null) return;
    await this.slot.refuseIfTaken(customerId, 'key');
    const healed = await this.hint.deleteIfSame(customerId, value).catch(() => false);
    if (healed) metrics.staleKeysHealed.inc();
  }

  private async setHint(customerId: string, kind: string, broadcast: unknown): Promise<void> {
    const opened = parseOpened(broadcast);
    if (!opened) {
      this.logger.error({ customerId }, NO_BROADCAST_TEXT(kind));
      return;
    }
    // The broadcast is committed: a Redis that is away must not fail it. The reconciler sets the key later.
    await this.hint.set(customerId, { kind, id: opened.id }, opened.expiresAt).catch(() => false);
  }
}

function parseOpened(value: unknown): { readonly id: string; readonly expiresAt: Date } | null {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('expiresAt' in value)) return null;
  const { id, expiresAt } = value;
  if (typeof id !== 'string' || !(expiresAt instanceof Date || typeof expiresAt === 'string')) return null;
  const instant = new Date(expiresAt);
  return Number.isNaN(instant.getTime()) ? null : { id, expiresAt: instant };
}
