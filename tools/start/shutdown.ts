type Cleanup = () => Promise<void> | void;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * What has been started, to be stopped in the opposite order.
 *
 * npm passes the terminal's Ctrl-C on, so it usually comes twice; only the first one counts.
 */
export class Shutdown {
  private readonly cleanups: Cleanup[] = [];
  private readonly controller = new AbortController();

  constructor() {
    for (const signal of SIGNALS) process.on(signal, () => this.request());
  }

  /** Aborts when the end has been asked for; whatever waits should stop waiting. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isRequested(): boolean {
    return this.signal.aborted;
  }

  /** Asks for the end. It is the starter that carries it out, when the step it is in has come to its end. */
  request(): void {
    this.controller.abort();
  }

  /** Resolves when the end has been asked for. */
  requested(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isRequested) resolve();
      else this.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  onStop(cleanup: Cleanup): void {
    this.cleanups.push(cleanup);
  }

  /** Stops everything, last started first. One failure does not keep the others from being stopped. */
  async run(): Promise<void> {
    for (const cleanup of this.cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        console.error(`While stopping: ${(error as Error).message}`);
      }
    }
  }
}
