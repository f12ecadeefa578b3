import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';
import { Counter, Gauge } from 'prom-client';
import { PlatformException } from '../problems/platform.exception.ts';

/** At once at first, and at least: a process that has just started takes ten times as long for each. */
const LEAST = 8;
/** While timers are on time the processor is not what handlers wait for. */
const MOST = 256;
const LOOK_EVERY_MS = 50;
const GROWTH = 4;
const SHRINK_TO = 0.75;
/** A timer that is later than this has waited behind handlers, as every answer does. */
const LATE_MS = 200;
/** Leaves a handler that is admitted at the last moment a second of the three that a request has. */
const LONGEST_WAIT_MS = 2_000;

const metrics = {
  waiting: new Gauge({ name: 'http_writes_waiting', help: 'Writes that wait for their turn' }),
  refused: new Counter({
    name: 'http_writes_refused_total',
    help: 'Writes refused after they had waited for a turn',
  }),
};

/** A request that waits for its turn. */
interface Ticket {
  readonly begin: () => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Decides how many requests are handled at once. All that is asked at once of a process that is cold, or gets too little
 * processor, would be late together. So some wait, in the order in which they came, and whoever would wait for too long is
 * refused before anything is done. The number follows how late timers are, and nothing else: handlers that wait for a store cost
 * nothing.
 *
 * @see https://sre.google/sre-book/addressing-cascading-failures/ on load shedding
 */
@Injectable()
export class Admission implements OnModuleInit, OnModuleDestroy {
  private limit = LEAST;
  private running = 0;
  private readonly waiting = new Set<Ticket>();
  private watch: NodeJS.Timeout | undefined;

  onModuleInit(): void {
    let dueAtMs = performance.now() + LOOK_EVERY_MS;
    this.watch = setInterval(() => {
      const nowMs = performance.now();
      this.adapt(nowMs - dueAtMs);
      dueAtMs = nowMs + LOOK_EVERY_MS;
    }, LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.watch);
  }

  /** @param lateMs how much later than it was due a timer came */
  adapt(lateMs: number): void {
    if (lateMs > LATE_MS) this.limit = Math.max(LEAST, Math.floor(this.limit * SHRINK_TO));
    else this.limit = Math.min(MOST, this.limit + GROWTH);
    this.beginNext();
  }

  /**
   * Calls `begin` when it is the caller's turn, at once or later in the caller's own context; or, after 2 s without a turn,
   * `refuse` with an error `DEPENDENCY_UNAVAILABLE`. Never both.
   *
   * @returns gives the place up, also that of one that still waits. Safe to call twice
   */
  enter(begin: () => void, refuse: (error: PlatformException) => void): () => void {
    if (this.running < this.limit) {
      this.running += 1;
      begin();
      return once(() => this.leave());
    }
    let isRunning = false;
    const ticket: Ticket = {
      // Begun by whoever leaves: without this it would run in that one's context.
      begin: AsyncResource.bind(() => {
        isRunning = true;
        begin();
      }),
      timer: setTimeout(() => {
        this.dequeue(ticket);
        metrics.refused.inc();
        refuse(tooMany());
      }, LONGEST_WAIT_MS),
    };
    this.waiting.add(ticket);
    metrics.waiting.inc();
    return once(() => {
      if (isRunning) this.leave();
      else this.dequeue(ticket);
    });
  }

  private dequeue(ticket: Ticket): void {
    if (!this.waiting.delete(ticket)) return;
    clearTimeout(ticket.timer);
    metrics.waiting.dec();
  }

  private leave(): void {
    this.running -= 1;
    this.beginNext();
  }

  private beginNext(): void {
    for (const ticket of this.waiting) {
      if (this.running >= this.limit) return;
      this.dequeue(ticket);
      this.running += 1;
      ticket.begin();
    }
  }
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}

function tooMany(): PlatformException {
  return new PlatformException(
    'DEPENDENCY_UNAVAILABLE',
    'The service has more to do than it can. Nothing was done for this request; repeat it later.',
  );
}
