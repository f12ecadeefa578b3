import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { parametersOf } from '../context/request.parser.ts';
import { GUARDED_CREATE, RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { NO_BROADCAST_TEXT } from '../customer-broadcast.messages.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import { ActiveBroadcastExistsException } from '../exceptions/active-broadcast-exists.exception.ts';
import type { ActiveBroadcast } from '../interfaces/active-broadcast.interface.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import type { StatusReply } from '../interfaces/status-reply.interface.ts';
import { BroadcastKindRegistry } from '../kinds/broadcast-kind.registry.ts';
import { ActiveBroadcastHint } from '../hint/active-broadcast.hint.ts';
import { BroadcastReplacementService } from './broadcast-replacement.service.ts';
import { CreateLockService } from '../lock/create-lock.service.ts';
import { CustomerSlotService } from '../check/customer-slot.service.ts';
import { customerOf } from './customer.guard.ts';
import { chooseOnActive, type OnActive, type SingleActiveBroadcastOptions } from './on-active.policy.ts';

/** What the decorator tells the interceptor. */
export interface GuardedCreate {
  readonly kind: string;
  readonly options: SingleActiveBroadcastOptions;
}

/**
 * How long a create that would not refuse waits for another one in flight. Most last some milliseconds; the wait may hold a
 * connection, so a customer who hammers must not get more of it.
 */
const PATIENCE_MS = 300;

/**
 * The guard around a create, in this sequence: the key, the lock, the check in Postgres, the handler,
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
    private readonly lock: CreateLockService,
    private readonly slot: CustomerSlotService,
    private readonly replacement: BroadcastReplacementService,
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'customer'>,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const guarded = this.reflector.get<GuardedCreate>(GUARDED_CREATE, context.getHandler());
    const kind = this.kinds.get(guarded.kind).name;
    const customerId = customerOf(this.options, context);
    const onActive = chooseOnActive(parametersOf(context).onActive, guarded.options);
    const handler = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    try {
      return of(await this.create(onActive, kind, customerId, handler));
    } catch (error) {
      const active = onActive === 'return' && activeOf(error);
      if (!active) throw error;
      if (context.getType() === 'http') context.switchToHttp().getResponse<StatusReply>().status(200);
      return of(active);
    }
  }

  private async create(
    onActive: OnActive,
    kind: string,
    customerId: string,
    handler: () => Promise<unknown>,
  ): Promise<unknown> {
    const startedAtMs = performance.now();
    if (onActive !== 'replace') await this.refuseIfHinted(customerId);
    const lock = await this.lock.acquire(customerId, onActive === 'reject' ? 0 : PATIENCE_MS);
    if (lock.state === 'held') throw this.slot.refusal(await this.slot.holder(customerId), 'lock');
    const release = lock.state === 'acquired' ? lock.release : () => Promise.resolve();
    let broadcast: unknown;
    try {
      if (onActive === 'replace') {
        broadcast = await this.replacement.replace(customerId, handler);
      } else {
        await this.slot.refuseIfTaken(customerId, 'check');
        broadcast = await handler();
      }
    } catch (error) {
      await release();
      throw error;
    }
    // Together: neither waits for the other, and the answer must find both done.
    await this.slot.afterCommit(async () => {
      await Promise.all([this.setHint(customerId, kind, broadcast), release()]);
      metrics.createSeconds.observe({ kind }, (performance.now() - startedAtMs) / 1000);
    }, release);
    return broadcast;
  }

  /** A key is believed only when Postgres confirms or just has confirmed it; one that is stale goes, and the create goes on. */
  private async refuseIfHinted(customerId: string): Promise<void> {
    const value = await this.hint.read(customerId).catch(() => null); // Redis away: the breaker has logged it
    if (value === null) return;
    await this.slot.refuseIfConfirmed(customerId, value);
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

/** @returns null also while a create is in flight, when nothing is known that could be returned */
function activeOf(error: unknown): ActiveBroadcast | null {
  return error instanceof ActiveBroadcastExistsException ? error.activeBroadcast : null;
}

/** @returns `expiresAt` null for a kind without a deadline, whose handler says so */
function parseOpened(answer: unknown): { readonly id: string; readonly expiresAt: Date | null } | null {
  const value = contentOf(answer);
  if (typeof value !== 'object' || value === null || !('id' in value) || !('expiresAt' in value)) return null;
  const { id, expiresAt } = value;
  if (typeof id === 'string' && expiresAt === null) return { id, expiresAt };
  if (typeof id !== 'string' || !(expiresAt instanceof Date || typeof expiresAt === 'string')) return null;
  const instant = new Date(expiresAt);
  return Number.isNaN(instant.getTime()) ? null : { id, expiresAt: instant };
}

/** A gateway may answer with an event of its own choice, in whose data the broadcast then is. */
function contentOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  return 'event' in answer && 'data' in answer ? answer.data : answer;
}
