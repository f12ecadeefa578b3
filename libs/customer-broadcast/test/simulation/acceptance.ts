import type { DataSource } from 'typeorm';
import type { BroadcastLifecycleService } from '../../src/lifecycle/broadcast-lifecycle.service.ts';
import type { BroadcastRepository } from '../../src/lifecycle/broadcast.repository.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import type { TestKind } from '../data-source.ts';

/** What an application may build of the library's parts: it locks the row, decides by what it finds, and makes a step. */
export class Acceptance {
  constructor(
    private readonly dataSource: DataSource,
    private readonly repository: BroadcastRepository,
    private readonly lifecycle: BroadcastLifecycleService,
  ) {}

  /** Two parts fill a broadcast, whoever offers them. */
  accept(kind: TestKind, id: string, by: string, parts: number): Promise<void> {
    return inTransaction(this.dataSource, async (on) => {
      const state = await this.repository.findState(kind, id, on);
      const isFull = parts > 1 || state?.status === 'partially_filled';
      await this.lifecycle.step(kind, id, isFull ? 'fill' : 'fillPartly', { by });
    });
  }
}
