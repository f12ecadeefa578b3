/** A server that this process has started and that ends with it. */
export interface EmbeddedServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; another one after `restart`. */
  readonly pid: number;
  /** Resolves when the process that runs now ends, for any reason. */
  readonly exited: Promise<unknown>;
  /** The last lines that the server wrote, oldest first. */
  logTail(lines?: number): string[];
  /** Sends the signal. Resolves when the process has ended, for SIGSTOP and SIGCONT at once. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port, after a stop if it still runs. */
  restart(): Promise<void>;
  /** Orderly end. Safe to call twice. */
  stop(): Promise<void>;
}

export interface StartEmbeddedOptions {
  /** @default a free one */
  readonly port?: number | undefined;
  /** Told what is going on when it takes longer than a moment. */
  readonly onProgress?: ((message: string) => void) | undefined;
}
