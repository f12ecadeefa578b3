import type { Rule, RuleTable } from '../../rule.ts';
import type { RuleNames } from './rule-names.ts';
import type { SlotTypes } from './schema.sql.ts';

/** `record` takes slots and refuses nothing: while rows that are there get theirs. */
export type TriggerMode = 'record' | 'observe' | 'enforce';

/** What the functions of one table are made from. */
export interface TriggerContext {
  readonly rule: Rule;
  readonly names: RuleNames;
  readonly types: SlotTypes;
  readonly table: RuleTable;
  /** Schema and name, quoted. */
  readonly relation: string;
  /** Its name alone, quoted: expressions may say `rides.status`. */
  readonly alias: string;
  /** The role that owns it. */
  readonly owner: string;
  readonly isPartitioned: boolean;
  readonly mode: TriggerMode;
  /** In which expressions find functions and types; quoted names, comma-separated. */
  readonly searchPath: string;
}
