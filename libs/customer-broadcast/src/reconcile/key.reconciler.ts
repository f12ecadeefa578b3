import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import { ActiveBroadcastHint, valueOf } from '../hint/active-broadcast.hint.ts';
import { ActiveBroadcastRepository, type ExpectedKey } from '../check/active-broadcast.repository.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { BackgroundLoop } from '../postgres/background.loop.ts';

const PAGE_SIZE = 500;
/** After as many keys as a page has were right: requests want the processors, too. */
const REST_MS = 25;

/** What one comparison found and repaired. @publicApi */
export interface KeyDrift {
  /** Keys without an active broadcast, or of another one than Postgres has: deleted. */
  readonly stale: number;
  /** Active broadcasts without a key: written. */
  readonly missing: number;
  /** Slots that no active row backs, or the reverse: a bug, reported and not repaired. */
  readonly slotDrift: number;
}

/**
 * Repairs the keys from Postgres, periodically and when Redis has come back. Every replica does it; a repair is a
 * compare-and-delete or a write that an ended broadcast refuses, so several at once, or in the middle of traffic, do no harm.
 *
 * @publicApi
 */
@Injectable()
export class KeyReconciler implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(KeyReconciler.name);
  private readonly loop: BackgroundLoop;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly hint: ActiveBroadcastHint,
    private readonly broadcasts: ActiveBroadcastRepository,
  ) {
    this.loop = new BackgroundLoop('Key reconciler', this.logger, options.reconcileIntervalMs, async () => {
      if (this.hint.breaker.healthy) await this.reconcile();
    });
  }

  onApplicationBootstrap(): void {
    if (!this.options.background) return;
    this.hint.breaker.recovered.subscribe(() => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /**
   * One comparison of all keys with all active broadcasts, or of a page of them when its module is being destroyed.
   *
   * @throws when Redis or Postgres is away
   */
  async reconcile(): Promise<KeyDrift> {
    const drift: KeyDrift = { stale: await this.deleteStale(), ...(await this.compareSlots()) };
    metrics.reconciled.inc({ repair: 'deleted' }, drift.stale);
    metrics.reconciled.inc({ repair: 'written' }, drift.missing);
    metrics.slotDrift.set(drift.slotDrift);
    if (drift.slotDrift > 0) this.logger.error(drift, 'slots differ from active broadcasts');
    else if (drift.stale + drift.missing > 0) this.logger.log(drift, 'keys repaired from Postgres');
    return drift;
  }

  /** The key is read before the row: a key that is written in between belongs to a row that is then found. */
  private async deleteStale(): Promise<number> {
    let deleted = 0;
    let correct = 0;
    for await (const customerIds of this.hint.walk(PAGE_SIZE)) {
      const values = await this.hint.readMany(customerIds);
      const active = await this.broadcasts.findMany(customerIds);
      for (const [index, customerId] of customerIds.entries()) {
        const value = values[index];
        if (value === null || value === undefined) continue;
        const broadcast = active.get(customerId);
        if (broadcast && valueOf(broadcast) === value) correct++;
        else if (await this.hint.deleteIfSame(customerId, value)) deleted++;
      }
      if (this.loop.stopping) break;
      if (correct < PAGE_SIZE) continue; // Redis answers with few keys at a time where most of them are somebody else's
      correct = 0;
      await rest();
    }
    return deleted;
  }

  /** By pages, so that no statement takes longer the more is on the air. */
  private async compareSlots(): Promise<Omit<KeyDrift, 'stale'>> {
    let missing = 0;
    let slotDrift = 0;
    let after = '';
    for (;;) {
      const customerIds = await this.broadcasts.listCustomers(after, PAGE_SIZE);
      const last = customerIds.length < PAGE_SIZE ? null : (customerIds.at(-1) ?? null);
      const written = await this.writeMissing(customerIds);
      missing += written;
      slotDrift += await this.broadcasts.countSlotDrift(after, last);
      if (last === null || this.loop.stopping) return { missing, slotDrift };
      if (written === 0) await rest();
      after = last;
    }
  }

  private async writeMissing(customerIds: readonly string[]): Promise<number> {
    let written = 0;
    const expected = [...(await this.broadcasts.findMany(customerIds)).values()];
    const values = await this.hint.readMany(expected.map(({ customerId }) => customerId));
    for (const [index, key] of expected.entries()) {
      if (values[index] !== null) continue;
      const isWritten = (await this.hint.set(key.customerId, key, key.expiresAt)) || (await this.reopen(key));
      if (isWritten) written++;
    }
    return written;
  }

  /** A write was refused because the broadcast is marked as ended. It may have, since the page was read; or a forged event says so. */
  private async reopen({ customerId, kind, id, expiresAt }: ExpectedKey): Promise<boolean> {
    const broadcast = { kind, id };
    const mark = await this.hint.readTombstone(customerId, broadcast);
    if (mark === null) return false;
    const holder = await this.broadcasts.find(customerId);
    if (!holder || holder.overdue || holder.broadcast.id !== id) return false;
    return this.hint.reopen(customerId, broadcast, expiresAt, mark);
  }
}

/** By the timer that the simulation's clock stands in for. */
function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}
