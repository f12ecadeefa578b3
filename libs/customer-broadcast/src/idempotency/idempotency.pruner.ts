import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { metrics } from '../customer-broadcast.metrics.ts';
import { BackgroundLoop } from '../postgres/background.loop.ts';
import { IDEMPOTENCY_OPTIONS, type IdempotencyOptions } from './idempotency.options.ts';
import { IdempotencyRepository } from './idempotency.repository.ts';

const INTERVAL_MS = 60_000;

/** A delete of so many rows ends within 100 ms, and no request waits for its locks: retries of a day ago do not come. */
const BATCH_SIZE = 5000;

/**
 * Deletes the answers that retries get again after 24 hours. Every replica does it; rows that another one is deleting are
 * passed over. A late run does no harm: an answer counts by its age and not by its being there.
 */
@Injectable()
export class IdempotencyPruner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop = new BackgroundLoop(
    'Pruning of kept answers',
    new Logger(IdempotencyPruner.name),
    INTERVAL_MS,
    async () => {
      await this.prune();
    },
  );

  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: Pick<IdempotencyOptions, 'background'>,
    private readonly repository: IdempotencyRepository,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.background) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Deletes what is due, or a batch of it when its module is being destroyed. @returns how many */
  async prune(): Promise<number> {
    let deleted = 0;
    for (;;) {
      const batch = await this.repository.prune(BATCH_SIZE);
      metrics.pruned.inc({ table: 'idempotency_keys' }, batch);
      deleted += batch;
      if (batch === 0 || this.loop.stopping) return deleted;
    }
  }
}
