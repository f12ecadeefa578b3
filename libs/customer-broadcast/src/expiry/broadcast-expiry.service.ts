import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { metrics } from '../customer-broadcast.metrics.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { OutboxSignal } from '../outbox/outbox.signal.ts';
import { BroadcastExpiryRepository, type ExpiredBatch } from './broadcast-expiry.repository.ts';

/**
 * Rows of one transaction. Creates of those customers wait for its commit, and everybody's for the processor and the disk that
 * it takes, so it is short; smaller, and a drain of many rows spends its time between batches.
 */
const BATCH_SIZE = 500;

/**
 * How long a drain rests after a full batch, as a part of what the batch took: so long the others have Postgres to themselves.
 *
 * @see docs/performance.md#many-that-end-at-once
 */
const REST_PART = 0.5;

/** What one run did. @publicApi */
export interface ExpiryRun {
  readonly kind: string;
  readonly expired: number;
  readonly durationMs: number;
}

/** Expires what is overdue. Safe to run any number of times, by any number of processes at once. @publicApi */
@Injectable()
export class BroadcastExpiryService {
  constructor(
    private readonly repository: BroadcastExpiryRepository,
    private readonly signal: OutboxSignal,
  ) {}

  /** Runs until nothing is due. @param mayGoOn asked between batches; false leaves the rest for the next run */
  async expireDue(kind: BroadcastKind, mayGoOn: () => boolean = () => true): Promise<ExpiryRun> {
    return (await this.drain(kind, mayGoOn)).run;
  }

  /** {@link expireDue}, and until when it has looked: what is due since then is the next drain's. */
  async drain(
    kind: BroadcastKind,
    mayGoOn: () => boolean,
  ): Promise<{ readonly run: ExpiryRun; readonly asOf: string }> {
    const startedAtMs = performance.now();
    let expired = 0;
    let batch: ExpiredBatch | null = null;
    for (;;) {
      const batchAtMs = performance.now();
      batch = await this.repository.expireDue(kind, batch?.upTo ?? null, BATCH_SIZE);
      expired += batch.expired;
      if (batch.expired > 0) this.signal.notify();
      if (batch.expired < BATCH_SIZE) break;
      await pause(REST_PART * (performance.now() - batchAtMs));
      if (!mayGoOn()) break;
    }
    metrics.transitions.inc({ kind: kind.name, to: kind.lifecycle.expired }, expired);
    metrics.expiryLastSuccess.set({ kind: kind.name }, Date.now() / 1000);
    const durationMs = Math.round(performance.now() - startedAtMs);
    return { run: { kind: kind.name, expired, durationMs }, asOf: batch.asOf };
  }

  /** @param asOf of the drain before */
  nextDeadlineInMs(kind: BroadcastKind, asOf: string): Promise<number | null> {
    return this.repository.nextDeadlineInMs(kind, asOf);
  }
}
