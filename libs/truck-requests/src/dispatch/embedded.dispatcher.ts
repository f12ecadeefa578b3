import {
  BackgroundLoop,
  BroadcastKindRegistry,
  BroadcastLifecycleService,
  OutboxRelay,
} from '@app/customer-broadcast';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DISPATCHER_OPTIONS, type DispatcherOptions, EMBEDDED_DISPATCHER } from './dispatcher.options.ts';
import { notifiedColumn } from './notified.column.ts';

/**
 * The events of what was not dispatched are delivered again, so a sweep finds only what was delivered while another
 * dispatcher was configured. It looks at every active row.
 */
const SWEEP_INTERVAL_MS = 60_000;
const SWEEP_SIZE = 500;

/** It tells no transporter itself. */
const STEP = { from: 'broadcasting', by: EMBEDDED_DISPATCHER, also: notifiedColumn(0) } as const;

/**
 * Stands in for a dispatcher when none is configured: reports every request that has become `broadcasting` as dispatched, as
 * a part of the relay's delivery, and by a sweep for those that were missed. Every kind of the process is one of trucks.
 */
@Injectable()
export class EmbeddedDispatcher implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly sweep: BackgroundLoop;

  constructor(
    @Inject(DISPATCHER_OPTIONS) private readonly options: DispatcherOptions,
    private readonly kinds: BroadcastKindRegistry,
    private readonly lifecycle: BroadcastLifecycleService,
    private readonly relay: OutboxRelay,
  ) {
    const logger = new Logger(EmbeddedDispatcher.name);
    this.sweep = new BackgroundLoop('Sweep of the embedded dispatcher', logger, SWEEP_INTERVAL_MS, () =>
      this.dispatchAny(),
    );
  }

  onModuleInit(): void {
    if (!this.options.embedded) return;
    this.relay.afterOpening(async (kind, ids) => {
      const { left } = await this.lifecycle.stepMany(kind, ids, 'dispatch', STEP);
      return left;
    });
  }

  onApplicationBootstrap(): void {
    if (this.options.embedded) this.sweep.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.sweep.stop();
  }

  private async dispatchAny(): Promise<void> {
    for (const kind of this.kinds.list()) {
      let dispatched: number;
      do {
        dispatched = await this.lifecycle.stepAny(kind, SWEEP_SIZE, 'dispatch', STEP);
      } while (dispatched === SWEEP_SIZE && !this.sweep.stopping);
    }
  }
}
