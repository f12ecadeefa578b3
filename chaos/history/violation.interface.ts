import type { History } from './operation.interface.ts';

/** Which checker, by the letters of docs/reliability.md. */
export type CheckerName = 'C1' | 'C2' | 'C3' | 'C4' | 'C5' | 'C6' | 'C7' | 'C8' | 'C9';

/** Something that must not be, with what is needed to look at it. */
export interface Violation {
  readonly checker: CheckerName;
  readonly customerId: string | null;
  /** Where in the run to look, on its clock; null when it is about the end of the run. */
  readonly atMs: number | null;
  /** What was expected and what was seen, in one sentence. */
  readonly message: string;
  /** Indices of the operations that already show it, when these are known: the fewest. */
  readonly operations?: readonly number[];
}

/** Looks at a whole history. Pure: the same history gives the same violations. */
export type Checker = (history: History) => Violation[];
