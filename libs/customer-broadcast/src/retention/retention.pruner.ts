import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { BackgroundLoop } from '../postgres/background.loop.ts';
import { type PrunedTable, RetentionRepository } from './retention.repository.ts';

const INTERVAL_MS = 60_000;

/** A delete of so many rows ends within 100 ms, and nobody waits for its locks: retries of a day ago do not come. */
const BATCH_SIZE = 5000;

/** How many rows were deleted. */
export type Pruned = Readonly<Record<PrunedTable, number>>;

/**
 * Deletes delivered events after `outboxRetentionHours` and the history after `historyRetentionDays`. Every replica does it;
 * rows that another one is deleting are passed over. A late run does no harm.
 */
@Injectable()
export class RetentionPruner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop = new BackgroundLoop(
    'Pruning of old rows',
    new Logger(RetentionPruner.name),
    INTERVAL_MS,
    async () => {
      await this.prune();
    },
  );

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly repository: RetentionRepository,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.background) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** In batches of a transaction each; ends after a batch when its module is being destroyed. */
  async prune(): Promise<Pruned> {
    const { outboxRetentionHours, historyRetentionDays } = this.options;
    return {
      outbox: await this.pruneTable('outbox', outboxRetentionHours),
      transitions: await this.pruneTable('transitions', 24 * historyRetentionDays),
    };
  }

  /** Ends at the first batch without anything old: rows are about as old as their ids. @param hours 0: for ever */
  private async pruneTable(table: PrunedTable, hours: number): Promise<number> {
    let after = '0';
    if (hours === 0) return 0;
    return this.untilNothingIsOld(table, async () => {
      const { lastId, deleted } = await this.repository.prune(table, after, hours, BATCH_SIZE);
      after = lastId ?? after;
      return deleted;
    });
  }

  private async untilNothingIsOld(table: string, pruneBatch: () => Promise<number>): Promise<number> {
    let deleted = 0;
    for (;;) {
      const batch = await pruneBatch();
      metrics.pruned.inc({ table }, batch);
      deleted += batch;
      if (batch === 0 || this.loop.stopping) return deleted;
    }
  }
}
