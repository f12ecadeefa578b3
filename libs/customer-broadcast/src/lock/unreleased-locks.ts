const RETRY_INTERVAL_MS = 250;

/**
 * Locks that no create wants any more, and that Redis may hold all the same: their release got lost, or the answer that
 * granted them. Each is given back again and again until Redis has confirmed it or the lock has ended by itself, so that a
 * customer whose create is over is not refused for the rest of its time.
 */
export class UnreleasedLocks<Lock> {
  /** With the end of each, by the monotonic clock. */
  private readonly endsAtMs = new Map<Lock, number>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** @param giveBack rejects when Redis has not confirmed it */
  constructor(private readonly giveBack: (lock: Lock) => Promise<unknown>) {}

  /**
   * Gives it back after a pause.
   *
   * @param endsAtMs when it ends by itself at the latest, by the monotonic clock
   */
  add(lock: Lock, endsAtMs: number): void {
    this.endsAtMs.set(lock, endsAtMs);
    this.schedule();
  }

  /** Gives it back at once. Never rejects. */
  async addNow(lock: Lock, endsAtMs: number): Promise<void> {
    this.endsAtMs.set(lock, endsAtMs);
    await this.attempt(lock, endsAtMs);
    this.schedule();
  }

  /** Gives all of them back now; what Redis does not confirm is given back again later. Never rejects. */
  async retry(): Promise<void> {
    await Promise.all([...this.endsAtMs].map(([lock, endsAtMs]) => this.attempt(lock, endsAtMs)));
    this.schedule();
  }

  /** What is left ends by itself. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async attempt(lock: Lock, endsAtMs: number): Promise<void> {
    const isOver = performance.now() >= endsAtMs || (await this.giveBack(lock).then(isConfirmed, isLost));
    if (isOver) this.endsAtMs.delete(lock);
  }

  private schedule(): void {
    if (this.timer || this.stopped || this.endsAtMs.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.retry();
    }, RETRY_INTERVAL_MS).unref();
  }
}

const isConfirmed = (): boolean => true;
const isLost = (): boolean => false;
