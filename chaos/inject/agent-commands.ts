import type { CrashPointName } from './crash-points.ts';

/** A part of the product that a positive control takes out. */
export const SWITCHES = {
  'lock-off': 'every create gets the lock, without asking Redis',
  'key-compare-off': 'the end of a broadcast deletes the key whatever it names, and leaves no tombstone',
  'key-close-off': 'the end of a broadcast leaves its key',
  'key-believed': 'a key is believed without asking Postgres',
  'reconcile-off': 'no reconciler compares the keys with Postgres',
  'acknowledgement-off': 'an event counts as delivered when it is published',
  'answer-after-commit':
    'the answer of an idempotent request is kept in a transaction of its own, after the commit',
  'report-heard':
    'not a part taken out: every event that a listener has dealt with is reported before the reply',
} as const;

export type SwitchName = keyof typeof SWITCHES;

/** What happens at an armed point: the process kills itself, or the one call that got there waits. */
export interface Arming {
  readonly mode: 'crash' | 'pause';
  /** Of a pause, milliseconds. @default 0 */
  readonly ms?: number;
  /** At which pass. @default 1, the next one */
  readonly nth?: number;
  /** From that pass on each time, instead of once. @default false */
  readonly every?: boolean;
}

/** What the hooks in a process are told, over the agent's line or in `CHAOS_COMMANDS` at its start. */
export type HookCommand =
  | ({ readonly command: 'arm'; readonly point: CrashPointName } & Arming)
  | { readonly command: 'disarm'; readonly point: CrashPointName }
  | { readonly command: 'switch'; readonly name: SwitchName; readonly on: boolean }
  /** The wall clock of the process is so many milliseconds fast; 0 sets it right. */
  | { readonly command: 'clock'; readonly offsetMs: number };

/** The variables that a process takes commands from at its start. */
export function commandsAtStart(commands: readonly HookCommand[]): Readonly<Record<string, string>> {
  return { CHAOS_COMMANDS: JSON.stringify(commands) };
}
