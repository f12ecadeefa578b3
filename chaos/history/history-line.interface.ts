import type { FaultRecord, History, Operation, Snapshot } from './operation.interface.ts';

/** What is collected when a run has healed; with the lines before it makes a whole {@link History}. */
export type EndOfRun = Pick<
  History,
  'audit' | 'rows' | 'outbox' | 'heard' | 'keys' | 'probes' | 'healedAtMs' | 'stalls'
>;

/** The lists of the end that grow with the run; each is spread over lines, for one line of it all may exceed a string. */
export const END_LISTS = ['audit', 'rows', 'outbox', 'heard'] as const;
export type EndList = (typeof END_LISTS)[number];

/** One line of a history file: an object whose first field says what it is. `end` is the last line. */
export type HistoryLine =
  | { readonly seed: number }
  | { readonly operation: Operation }
  | { readonly fault: FaultRecord }
  | { readonly snapshot: Snapshot }
  | { readonly list: EndList; readonly entries: readonly unknown[] }
  | { readonly end: Omit<EndOfRun, EndList> };
