import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

import type { EndList, HistoryLine } from './history-line.interface.ts';
import type {
  AuditRow,
  FaultRecord,
  FinalRow,
  History,
  Operation,
  OutboxEntry,
  Snapshot,
} from './operation.interface.ts';

/** A history while its lines are being read. */
class HistoryReading {
  complete = false;
  #seed = NaN;
  #end: Pick<History, 'keys' | 'probes' | 'healedAtMs' | 'stalls'> = {
    keys: {},
    probes: [],
    healedAtMs: Infinity,
  };
  readonly #operations: Operation[] = [];
  readonly #faults: FaultRecord[] = [];
  readonly #snapshots: Snapshot[] = [];
  readonly #lists = { audit: [] as AuditRow[], rows: [] as FinalRow[], outbox: [] as OutboxEntry[] };
  #heard: string[] | undefined;

  add(line: HistoryLine): void {
    if ('operation' in line) this.#operations.push(line.operation);
    else if ('snapshot' in line) this.#snapshots.push(line.snapshot);
    else if ('fault' in line) this.#faults.push(line.fault);
    else if ('list' in line) this.#extend(line.list, line.entries);
    else if ('seed' in line) this.#seed = line.seed;
    else {
      this.#end = line.end;
      this.complete = true;
    }
  }

  #extend(list: EndList, entries: readonly unknown[]): void {
    if (list === 'heard') (this.#heard ??= []).push(...(entries as string[]));
    else (this.#lists[list] as unknown[]).push(...entries);
  }

  /** Operations in the order of invocation. */
  get history(): History {
    return {
      seed: this.#seed,
      operations: this.#operations.toSorted((a, b) => a.index - b.index),
      faults: this.#faults,
      snapshots: this.#snapshots,
      ...this.#lists,
      ...(this.#heard && { heard: this.#heard }),
      ...this.#end,
    };
  }
}

/**
 * Reads back what a recorder wrote.
 *
 * @returns `complete` false for a run that did not come to its end: it has no end state, for which checkers of the end would
 *   blame the services. Its last line may lack a part, and is left out then
 * @throws Error naming the line when one that is not the last cannot be read
 */
export async function readHistory(
  path: string,
): Promise<{ readonly history: History; readonly complete: boolean }> {
  const reading = new HistoryReading();
  let number = 0;
  let torn: Error | null = null;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (torn) throw torn;
    number += 1;
    try {
      reading.add(JSON.parse(text) as HistoryLine);
    } catch (cause) {
      torn = new Error(`${path}:${number} is not a line of a history, and not the last one.`, { cause });
    }
  }
  return { history: reading.history, complete: reading.complete };
}
