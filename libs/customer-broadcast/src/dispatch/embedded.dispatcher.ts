import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RESOLVED_OPTIONS, SYSTEM_ACTORS } from '../customer-broadcast.constants.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { BroadcastKindRegistry } from '../lifecycle/broadcast-kind.registry.ts';
import { BroadcastRepository } from '../lifecycle/broadcast.repository.ts';
import { BackgroundLoop } from '../outbox/background.loop.ts';
import { OutboxRelay } from '../outbox/outbox.relay.ts';

/** A broadcast whose relay died at the wrong moment becomes active this much later at most. */
const SWEEP_INTERVAL_MS = 1000;
const BATCH_SIZE = 500;

/**
 * Stands in for a dispatcher when none is configured: reports every broadcast that has become `broadcasting` as dispatched,
 * right after the relay, and by a sweep for those that were missed.
 */
@Injectable()
export class EmbeddedDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(EmbeddedDispatcher.name);
  private readonly sweep: BackgroundLoop;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly kinds: BroadcastKindRegistry,
    private readonly broadcasts: BroadcastRepository,
    private readonly relay: OutboxRelay,
  ) {
    this.sweep = new BackgroundLoop('Embedded dispatcher', this.logger, SWEEP_INTERVAL_MS, () =>
      this.dispatchAll(),
    );
  }

  onApplicationBootstrap(): void {
    if (!this.options.background || this.options.dispatcherMode === 'external') return;
    if (this.kinds.list().length === 0) return;
    this.relay.openedDelivered.subscribe(({ kind, ids }) => {
      this.dispatch(this.kinds.get(kind), ids).catch((error: unknown) => {
        this.logger.warn({ kind, reason: String(error) }, 'dispatch failed; the sweep repeats it');
      });
    });
    this.sweep.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.sweep.stop();
  }

  private async dispatchAll(): Promise<void> {
    for (const kind of this.kinds.list()) await this.dispatch(kind, null);
  }

  private async dispatch(kind: BroadcastKind, ids: readonly string[] | null): Promise<void> {
    const step = { from: 'broadcasting', to: 'active', by: SYSTEM_ACTORS.dispatcher } as const;
    const changed = await this.broadcasts.transitionMany(kind, step, ids, BATCH_SIZE);
    metrics.transitions.inc({ kind: kind.name, to: 'active' }, changed);
  }
}
