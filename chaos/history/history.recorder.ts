import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

import { END_LISTS, type EndOfRun, type HistoryLine } from './history-line.interface.ts';
import type { FaultRecord, History, Operation, Snapshot } from './operation.interface.ts';

/** Lines are gathered for this long before they are written: a write for each would cost more than the line. */
const FLUSH_MS = 100;
const ENTRIES_PER_LINE = 1000;

/**
 * Keeps everything that a run has seen, in memory and as lines of a file. Nothing waits for the disk; a process that is
 * killed leaves a file without its last {@link FLUSH_MS} milliseconds.
 */
export class HistoryRecorder {
  readonly #seed: number;
  readonly #file: WriteStream;
  readonly #operations: Operation[] = [];
  readonly #faults: FaultRecord[] = [];
  readonly #snapshots: Snapshot[] = [];
  #nextIndex = 0;
  #lines = '';
  #timer: NodeJS.Timeout | null = null;
  #failure: Error | null = null;

  /** @param path of a new file, in a folder that exists; an old one is overwritten */
  constructor(path: string, seed: number) {
    this.#seed = seed;
    this.#file = createWriteStream(path);
    this.#file.on('error', (error) => (this.#failure = error)); // thrown by end
    this.#append({ seed });
  }

  /** How many operations have ended. */
  get count(): number {
    return this.#operations.length;
  }

  /** Those that have ended so far, in the order in which they did. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** For an operation that is being invoked now. */
  nextIndex(): number {
    return this.#nextIndex++;
  }

  operation(operation: Operation): void {
    this.#operations.push(operation);
    this.#append({ operation });
  }

  fault(fault: FaultRecord): void {
    this.#faults.push(fault);
    this.#append({ fault });
  }

  snapshot(snapshot: Snapshot): void {
    this.#snapshots.push(snapshot);
    this.#append({ snapshot });
  }

  /**
   * Writes the end and closes the file. Nothing may be recorded afterwards.
   *
   * @returns everything, operations in the order of invocation
   * @throws Error when the file could not be written
   */
  async end(end: EndOfRun): Promise<History> {
    for (const list of END_LISTS) {
      const entries = end[list];
      if (!entries) continue;
      // An empty list is a line too: hearing nothing is not the same as having no listener.
      for (let from = 0; from === 0 || from < entries.length; from += ENTRIES_PER_LINE) {
        this.#append({ list, entries: entries.slice(from, from + ENTRIES_PER_LINE) });
        this.#flush();
      }
    }
    const { keys, probes, healedAtMs, stalls } = end;
    this.#append({ end: { keys, probes, healedAtMs, stalls } });
    this.#flush();
    this.#file.end();
    await finished(this.#file).catch((error: unknown) => (this.#failure ??= error as Error));
    if (this.#failure) throw this.#failure;
    return {
      seed: this.#seed,
      operations: this.#operations.toSorted((a, b) => a.index - b.index),
      faults: this.#faults,
      snapshots: this.#snapshots,
      ...end,
    };
  }

  #append(line: HistoryLine): void {
    this.#lines += `${JSON.stringify(line)}\n`;
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#file.write(this.#lines);
    this.#lines = '';
  }
}
