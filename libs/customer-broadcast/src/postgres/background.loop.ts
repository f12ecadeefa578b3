import type { Logger } from '@nestjs/common';
import { BACKGROUND_FAILED_TEXT } from '../customer-broadcast.messages.ts';

/** A failing run is logged once in this time, not at every interval. */
const LOG_EVERY_MS = 10_000;

/**
 * Runs a job again and again: one run at a time, the next one after an interval or when woken. A run that throws is logged
 * and repeated. `start` and `stop` may be called twice; `stop` waits for the run in flight.
 */
export class BackgroundLoop {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private wakened = false;
  private active = false;
  private wasStopped = false;
  private startedAtMs = -Infinity;
  private loggedAtMs = -Infinity;

  constructor(
    private readonly name: string,
    private readonly logger: Logger,
    private readonly intervalMs: number,
    private readonly job: () => Promise<void>,
    private readonly restMs = 0,
  ) {}

  /** Since `stop`: what is long ends early. A loop that was never started is not stopping. */
  get stopping(): boolean {
    return this.wasStopped;
  }

  start(): void {
    if (this.active) return;
    this.active = true;
    this.wasStopped = false;
    this.schedule(0);
  }

  /** The next run begins now, or right after the one that is in flight, but not sooner than `restMs` after its begin. */
  wake(): void {
    if (!this.active) return;
    if (this.running) this.wakened = true;
    else this.schedule(this.restLeftMs());
  }

  async stop(): Promise<void> {
    this.active = false;
    this.wasStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private restLeftMs(): number {
    return Math.max(0, this.startedAtMs + this.restMs - performance.now());
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.run().finally(() => {
        this.running = undefined;
        if (this.active) this.schedule(this.wakened ? this.restLeftMs() : this.intervalMs);
      });
    }, ms);
  }

  private async run(): Promise<void> {
    this.wakened = false;
    this.startedAtMs = performance.now();
    try {
      await this.job();
    } catch (error) {
      if (performance.now() - this.loggedAtMs < LOG_EVERY_MS) return;
      this.loggedAtMs = performance.now();
      this.logger.error(
        BACKGROUND_FAILED_TEXT(this.name, error instanceof Error ? error.message : String(error)),
      );
    }
  }
}
