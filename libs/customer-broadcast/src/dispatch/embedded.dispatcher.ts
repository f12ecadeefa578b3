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
import { BackgroundLoop } from '../postgres/background.loop.ts';
import { OutboxRelay } from '../outbox/outbox.relay.ts';

/**
 * The events of whatever was not dispatched are delivered again, so a sweep finds only what was delivered while another dispatcher was
 * configured. It looks at every active row.
 */
const SWEEP_INTERVAL_MS = 60_000;
const SWEEP_SIZE = 500;

const STEP = { from: 'broadcasting', to: 'active', by: SYSTEM_ACTORS.dispatcher } as const;

/**
 * Stands in for a dispatcher when none is configured: reports every broadcast that has become `broadcasting` as dispatched,
 * as a part of the relay's delivery, and by a sweep for those that were missed.
 */
@Injectable()
export class EmbeddedDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sweep: BackgroundLoop;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly kinds: BroadcastKindRegistry,
    private readonly broadcasts: BroadcastRepository,
    private readonly relay: OutboxRelay,
  ) {
    const logger = new Logger(EmbeddedDispatcher.name);
    this.sweep = new BackgroundLoop('Sweep of the embedded dispatcher', logger, SWEEP_INTERVAL_MS, () =>
      this.dispatchAny(),
    );
  }

  onApplicationBootstrap(): void {
    if (!this.options.background || this.options.dispatcherMode === 'external') return;
    if (this.kinds.list().length === 0) return;
    this.relay.dispatchWith((kind, ids) => this.dispatch(kind, ids));
    this.sweep.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.sweep.stop();
  }

  private async dispatch(kind: BroadcastKind, ids: readonly string[]): Promise<readonly string[]> {
    const { made, left } = await this.broadcasts.transitionMany(kind, STEP, ids);
    metrics.transitions.inc({ kind: kind.name, to: STEP.to }, made.length);
    return left;
  }

  private async dispatchAny(): Promise<void> {
    for (const kind of this.kinds.list()) {
      let dispatched: readonly string[];
      do {
        dispatched = await this.broadcasts.transitionAny(kind, STEP, SWEEP_SIZE);
        metrics.transitions.inc({ kind: kind.name, to: STEP.to }, dispatched.length);
      } while (dispatched.length === SWEEP_SIZE && !this.sweep.stopping);
    }
  }
}
