import { Inject, Injectable, type MessageEvent } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { Observable } from 'rxjs';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { EVENT_ID_TEXT, FUTURE_EVENT_ID_TEXT, LIVE_START_TEXT } from '../customer-broadcast.messages.ts';
import { metrics } from '../customer-broadcast.metrics.ts';
import { BroadcastInputException } from '../exceptions/broadcast.exceptions.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { HistoryPosition } from './history-position.ts';
import type { LiveConnection } from './live-connection.ts';
import { LiveFeed } from './live-feed.service.ts';
import { LiveHistoryRepository } from './live-history.repository.ts';
import { LiveReading } from './live-reading.ts';

/** The token is checked when a stream begins, so that it holds for a stream no longer than this. */
export const LONGEST_STREAM_MS = 15 * 60_000;
/** Less than the 5 s within which every request is answered. */
const START_TIMEOUT_MS = 2500;
const LAST_EVENT_ID = 'Last-Event-ID';
const HEARTBEAT: MessageEvent = { comment: 'heartbeat' };

/** A customer's own transitions, as they happen and as they were missed. */
@Injectable()
export class LiveViewService {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly feed: LiveFeed,
    private readonly history: LiveHistoryRepository,
  ) {}

  /**
   * Where a stream begins: after the event with this id, or now. With an id it also succeeds while Postgres is away.
   *
   * @throws BroadcastInputException for an id that no stream of ours gave
   * @throws the driver's error, or one with the code `ETIMEDOUT`, when Postgres cannot say what "now" is
   */
  async startOf(lastEventId: string | undefined): Promise<HistoryPosition> {
    // An EventSource that has had no event sends none, and some of its imitations an empty one.
    if (!lastEventId) return this.now();
    const start = HistoryPosition.parse(lastEventId);
    if (!start) throw new BroadcastInputException(LAST_EVENT_ID, EVENT_ID_TEXT(lastEventId));
    const now = await this.now().catch(() => null);
    if (now && start.last > now.last) {
      throw new BroadcastInputException(LAST_EVENT_ID, FUTURE_EVENT_ID_TEXT(lastEventId));
    }
    return start;
  }

  /**
   * Every transition of this customer after `start`, exactly once, and heartbeats from the first moment on. It never
   * fails: while Postgres is away it waits. It completes after 15 minutes, when the process begins to stop, and when the
   * client is too far behind; the client goes on with the id of its last event.
   */
  stream(customerId: string, start: HistoryPosition, connection: LiveConnection): Observable<MessageEvent> {
    return new Observable((out) => {
      metrics.liveClients.inc();
      const end = (): void => {
        out.complete();
        connection.cutUnlessFinished();
      };
      out.next(HEARTBEAT);
      const heartbeats = setInterval(() => out.next(HEARTBEAT), this.options.heartbeatIntervalMs);
      const longest = setTimeout(end, LONGEST_STREAM_MS);
      const closed = this.feed.closed.subscribe(end);
      const reading = new LiveReading(this.feed, this.history, customerId, {
        next: (event, bytes) => {
          connection.count(bytes);
          out.next(event);
        },
        whenSent: () => connection.whenSent(() => out.closed),
        end,
      });
      if (!out.closed) reading.begin(start);
      return () => {
        reading.stop();
        closed.unsubscribe();
        clearTimeout(longest);
        clearInterval(heartbeats);
        metrics.liveClients.dec();
      };
    });
  }

  private async now(): Promise<HistoryPosition> {
    const decided = new AbortController();
    const limit = wait(START_TIMEOUT_MS, undefined, { signal: decided.signal }).then(() => {
      throw Object.assign(new Error(LIVE_START_TEXT(START_TIMEOUT_MS)), { code: 'ETIMEDOUT' });
    });
    limit.catch(() => undefined); // lost the race
    return Promise.race([this.feed.now(), limit]).finally(() => decided.abort());
  }
}
