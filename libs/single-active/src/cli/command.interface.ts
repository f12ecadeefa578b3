import { type Database } from '../database.interface.ts';
import { type Rule } from '../index.ts';
import { type Arguments } from './arguments.ts';
import { type Colours } from './colours.ts';

/** What a command found out about one rule. */
export interface Outcome {
  /** For --json, beside the rule's name. */
  readonly result: object;
  /** For people, one screen. */
  readonly lines: readonly string[];
  /** Whether there is something that the exit code tells. */
  readonly isFinding: boolean;
}

/** One command for one rule. */
export type Command = (db: Database, rule: Rule, args: Arguments, colours: Colours) => Promise<Outcome>;
