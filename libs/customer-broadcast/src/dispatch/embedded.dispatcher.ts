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

/** What was locked by somebody is tried again after this pause, and then given up: it has moved on, or the sweep finds it. */
const REPEAT_AFTER_MS = 500;
const REPEATS = 3;

/** Whatever was missed becomes active this much later at most. A sweep looks at every active row. */
const SWEEP_INTERVAL_MS = 5000;
const SWEEP_SIZE = 500;

const STEP = { from: 'broadcasting', to: 'active', by: SYSTEM_ACTORS.dispatcher } as const;

interface Repetition {
  readonly kind: BroadcastKind;
  readonly ids: readonly string[];
  readonly left: number;
}

/**
 * Stands in for a dispatcher when none is configured: reports every broadcast that has become `broadcasting` as dispatched,
 * as a part of the relay's delivery, and by a sweep for those that were missed.
 */
@Injectable()
export class EmbeddedDispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly repeats: BackgroundLoop;
  private readonly sweep: BackgroundLoop;
  private readonly repetitions: Repetition[] = [];

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly kinds: BroadcastKindRegistry,
    private readonly broadcasts: BroadcastRepository,
    private readonly relay: OutboxRelay,
  ) {
    const logger = new Logger(EmbeddedDispatcher.name);
    this.repeats = new BackgroundLoop('Embedded dispatcher', logger, REPEAT_AFTER_MS, () => this.repeat());
    this.sweep = new BackgroundLoop('Sweep of the embedded dispatcher', logger, SWEEP_INTERVAL_MS, () =>
      this.dispatchAny(),
    );
  }

  onApplicationBootstrap(): void {
    if (!this.options.background || this.options.dispatcherMode === 'external') return;
    if (this.kinds.list().length === 0) return;
    this.relay.dispatchWith((kind, ids) => this.dispatch(kind, ids, REPEATS));
    this.repeats.start();
    this.sweep.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.repeats.stop(), this.sweep.stop()]);
  }

  private async dispatch(kind: BroadcastKind, ids: readonly string[], left: number): Promise<void> {
    const dispatched = await this.broadcasts.transitionMany(kind, STEP, ids);
    metrics.transitions.inc({ kind: kind.name, to: STEP.to }, dispatched.length);
    const done = new Set(dispatched);
    const others = ids.filter((id) => !done.has(id));
    if (others.length > 0 && left > 0) this.repetitions.push({ kind, ids: others, left: left - 1 });
  }

  private async repeat(): Promise<void> {
    for (const repetition of [...this.repetitions]) {
      await this.dispatch(repetition.kind, repetition.ids, repetition.left); // failed: it is the first of the next time
      this.repetitions.shift();
    }
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
