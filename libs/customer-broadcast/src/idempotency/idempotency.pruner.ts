import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { BackgroundLoop } from '../outbox/background.loop.ts';
import { IdempotencyRepository } from './idempotency.repository.ts';

const INTERVAL_MS = 60_000;

/** A delete of so many rows ends within milliseconds, and nobody waits for its locks: retries of a day ago do not come. */
const BATCH_SIZE = 1000;

/**
 * Deletes answers that are older than 24 hours. Every replica does it; rows that another one is deleting are passed over.
 * A late run does no harm: an answer counts by its age and not by its being there.
 */
@Injectable()
export class IdempotencyPruner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop = new BackgroundLoop(
    'Pruning of idempotency keys',
    new Logger(IdempotencyPruner.name),
    INTERVAL_MS,
    async () => {
      await this.prune();
    },
  );

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly repository: IdempotencyRepository,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.background) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** @returns how many answers were deleted, in batches of a transaction each */
  async prune(): Promise<number> {
    let deleted = 0;
    for (;;) {
      const batch = await this.repository.prune(BATCH_SIZE);
      deleted += batch;
      if (batch < BATCH_SIZE || this.loop.stopping) return deleted;
    }
  }
}
