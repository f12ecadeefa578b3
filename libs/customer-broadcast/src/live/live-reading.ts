import type { MessageEvent } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { above, type HistoryPosition } from './history-position.ts';
import type { LiveFeed } from './live-feed.service.ts';
import type { LiveHistoryRepository, RecordedTransition } from './live-history.repository.ts';

const RETRY_DELAY_MS = 250;
const PAGE_SIZE = 200;
/** Events that wait while a client takes what it missed. More than that is cheaper read again. */
const MAX_HELD = 500;

/** Where the events of one reading go. */
export interface LiveOutlet {
  /** @param bytes how many it has, at least */
  next(event: MessageEvent, bytes: number): void;
  /** Resolves when the client has taken what was given to it. */
  whenSent(): Promise<void>;
  /** The client is too far behind to be served from memory. */
  end(): void;
}

type Happening = readonly [RecordedTransition, HistoryPosition];

/**
 * One client's way through the history: first what it missed, in pages and as fast as it reads, then the feed. What the
 * feed brings meanwhile is held, so that between the two nothing is lost and nothing comes twice.
 */
export class LiveReading {
  private removeReader: () => void = () => undefined;
  private held: Happening[] | null = [];
  private isOver = false;

  constructor(
    private readonly feed: LiveFeed,
    private readonly history: LiveHistoryRepository,
    private readonly customerId: string,
    private readonly outlet: LiveOutlet,
  ) {}

  begin(start: HistoryPosition): void {
    void this.run(start);
  }

  /** Safe to call twice. */
  stop(): void {
    this.isOver = true;
    this.removeReader();
  }

  private hasStopped(): boolean {
    return this.isOver;
  }

  private async run(start: HistoryPosition): Promise<void> {
    // Asked for after the client had its last event, so it is nowhere behind the client.
    const joined = await this.untilDone(() => this.feed.now());
    // A client may have left between the answer and this line; a reader added now would stay for ever.
    if (!joined || this.hasStopped()) return;
    this.removeReader = this.feed.add(this.customerId, (transition, position) =>
      this.take([transition, position]),
    );
    await this.catchUp(start, joined);
    for (const happening of this.held ?? []) this.send(happening);
    this.held = null;
  }

  private async catchUp(start: HistoryPosition, joined: HistoryPosition): Promise<void> {
    let missed = start.behind(joined);
    while (missed.length > 0) {
      const ranges = missed;
      const rows = await this.untilDone(() => this.history.listOf(this.customerId, ranges, PAGE_SIZE));
      if (!rows || this.hasStopped()) return;
      for (const row of rows) {
        missed = above(missed, row.id);
        this.send([row, joined.lacking(missed)]);
      }
      if (rows.length < PAGE_SIZE) return;
      await this.outlet.whenSent();
    }
  }

  private take(happening: Happening): void {
    if (!this.held) this.send(happening);
    else if (this.held.push(happening) > MAX_HELD) this.outlet.end();
  }

  private send([transition, position]: Happening): void {
    if (this.hasStopped()) return;
    const { kind, broadcastId, from, to, at, by, reason } = transition;
    const data = JSON.stringify({ kind, broadcastId, from, to, at: at.toISOString(), by, reason });
    this.outlet.next({ type: 'transition', id: position.toString(), data }, data.length);
  }

  /** Repeats it while Postgres is away. @returns null when the reading is over */
  private async untilDone<T>(ask: () => Promise<T>): Promise<T | null> {
    while (!this.hasStopped()) {
      try {
        return await ask();
      } catch {
        // The feed's loop reports that Postgres is away, once for all clients.
        await wait(RETRY_DELAY_MS, undefined, { ref: false });
      }
    }
    return null;
  }
}
