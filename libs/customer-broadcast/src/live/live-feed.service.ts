import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { asyncScheduler, filter, merge, ReplaySubject, Subject, throttleTime } from 'rxjs';
import { BackgroundLoop } from '../postgres/background.loop.ts';
import { OutboxSignal } from '../outbox/outbox.signal.ts';
import type { HistoryPosition } from './history-position.ts';
import { LiveHistoryRepository, type RecordedTransition } from './live-history.repository.ts';

/** How late a transition is shown that nobody told this process of; shorter costs queries. */
const POLL_INTERVAL_MS = 250;
/** Many commits at once are one look at the history. */
const WAKE_INTERVAL_MS = 25;
const PAGE_SIZE = 1000;

/** Takes a transition, and the position of somebody who has had it and everything before it. */
export type LiveReader = (transition: RecordedTransition, position: HistoryPosition) => void;

interface Waiting {
  readonly resolve: (position: HistoryPosition) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Follows the history of all customers, once for the process and only while somebody reads. A transition is handed out
 * as soon as it is visible, whoever wrote it, once, and sorted by id among those that became visible together.
 *
 * Ids are taken before commit, so a lower one may come later: what is missing between ids stays wanted until every
 * transaction that could still write it has ended. A long transaction therefore delays nobody, and costs one gap.
 *
 * @see docs/decisions/0007-live-view-reads-the-history.md
 * @publicApi
 */
@Injectable()
export class LiveFeed implements OnModuleDestroy {
  /** Emits once, also to those who come later, when streams are to end. */
  readonly closed = new ReplaySubject<void>(1);

  private readonly loop: BackgroundLoop;
  private readonly readers = new Map<string, Set<LiveReader>>();
  private readonly heard = new Subject<string>();
  private waiting: Waiting[] = [];
  private position: HistoryPosition | undefined;
  /** Once every transaction below `bound` has ended, a gap below `id` is one for ever. */
  private settling: { readonly bound: bigint; readonly id: number } | undefined;

  constructor(
    private readonly history: LiveHistoryRepository,
    signal: OutboxSignal,
  ) {
    this.loop = new BackgroundLoop('Live feed', new Logger(LiveFeed.name), POLL_INTERVAL_MS, () =>
      this.run(),
    );
    merge(
      signal.committed.pipe(filter(() => this.readers.size > 0)),
      this.heard.pipe(filter((id) => this.readers.has(id))),
    )
      .pipe(throttleTime(WAKE_INTERVAL_MS, asyncScheduler, { leading: true, trailing: true }))
      .subscribe(() => this.loop.wake());
  }

  /** Ends every stream, and each later one at once, so that clients go to another replica. Safe to call twice. */
  close(): void {
    this.closed.next();
  }

  async onModuleDestroy(): Promise<void> {
    this.close();
    await this.loop.stop();
  }

  /** Something may have happened to this customer; a call too many costs a query. */
  hear(customerId: string): void {
    this.heard.next(customerId);
  }

  /**
   * Where the history stands at a moment after this call. Who reads from there, and adds a reader before anything else is
   * awaited, has no gap in between.
   *
   * @throws the driver's error when Postgres is away
   */
  now(): Promise<HistoryPosition> {
    const position = new Promise<HistoryPosition>((resolve, reject) =>
      this.waiting.push({ resolve, reject }),
    );
    this.loop.start();
    this.loop.wake();
    return position;
  }

  /** Hands this customer's transitions to the reader from now on. @returns ends it; safe to call twice */
  add(customerId: string, reader: LiveReader): () => void {
    const readers = this.readers.get(customerId) ?? new Set();
    this.readers.set(customerId, readers.add(reader));
    this.loop.start();
    return () => {
      readers.delete(reader);
      if (readers.size === 0 && this.readers.get(customerId) === readers) this.readers.delete(customerId);
    };
  }

  private async run(): Promise<void> {
    const waiting = this.waiting;
    this.waiting = [];
    if (waiting.length === 0 && this.readers.size === 0) {
      this.position = this.settling = undefined;
      // Not awaited: it waits for this run.
      void this.loop.stop();
      return;
    }
    try {
      const position = await this.advance();
      for (const { resolve } of waiting) resolve(position);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      throw error;
    }
  }

  private async advance(): Promise<HistoryPosition> {
    if (!this.position) return (this.position = await this.history.present());
    let position = this.position;
    let page;
    do {
      const wantsBound = position.gaps.length > 0 && !this.settling;
      page = await this.history.follow(position, wantsBound, PAGE_SIZE);
      for (const transition of page.rows) {
        this.position = position = position.take(transition.id);
        for (const reader of this.readers.get(transition.customerId) ?? []) reader(transition, position);
      }
      if (page.bound !== null) this.settling = { bound: page.bound, id: position.last };
    } while (page.rows.length === PAGE_SIZE);
    // The last page held all that was visible, so what its snapshot lacks of ended transactions was rolled back.
    if (this.settling && page.oldestRunning >= this.settling.bound) {
      position = position.forgetGapsBelow(this.settling.id);
      this.settling = undefined;
    }
    return (this.position = position);
  }
}
