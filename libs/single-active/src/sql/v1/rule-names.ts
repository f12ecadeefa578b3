import type { Rule } from '../../rule.ts';
import { fitName, quoteName } from '../quote.ts';

/** Of the SQL in this folder; stored with each rule that is installed. */
export const VERSION = 1;

/** What a rule's objects are called, as SQL has it. */
export class RuleNames {
  readonly schema: string;
  readonly slots: string;
  readonly rules: string;
  readonly observed: string;
  /** Enforces a number of slots that is not the constant 1. */
  readonly take: string;
  /** Takes a slot without refusing. */
  readonly record: string;
  /** Raises the refusal of a key. */
  readonly refuse: string;
  /** Numbers above every limit: a row that is only recorded waits for no other writer of its key. */
  readonly numbers: string;
  /** A row for each key whose slots are counted by an expression: its takers pass one by one. */
  readonly gate: string;
  /** Every active row of the rule's tables. */
  readonly rows: string;

  constructor(private readonly rule: Pick<Rule, 'name' | 'schema'>) {
    this.schema = quoteName(rule.schema);
    this.slots = this.within(rule.name);
    this.rules = this.within('rules');
    this.observed = this.within('observed');
    this.take = this.within(`${rule.name}:take`);
    this.record = this.within(`${rule.name}:record`);
    this.refuse = this.within(`${rule.name}:refuse`);
    this.numbers = this.within(`${rule.name}:numbers`);
    this.gate = this.within(`${rule.name}:gate`);
    this.rows = this.within(`${rule.name}:rows`);
  }

  /** The constraint that refuses: `asSlotTaken` reads the rule from it. */
  get primaryKey(): string {
    return `single_active:${this.rule.name}`;
  }

  /** A row has one slot; and a proof points at it. */
  get rowKey(): string {
    return fitName(`single_active:${this.rule.name}:row`);
  }

  get proof(): string {
    return fitName(`single_active:${this.rule.name}:proof`);
  }

  /** Begins with `!`, so that it fires before the row triggers of others: Postgres fires them in the order of their names. */
  trigger(event: TriggerEvent): string {
    return fitName(`!single_active:${this.rule.name}:${event}`);
  }

  /** The function behind it, of one table. */
  triggerFunction(source: string, event: TriggerEvent): string {
    return this.within(`${this.rule.name}:${source}:${event}`);
  }

  /** Each object in the rule's schema that belongs to it begins so. */
  get prefix(): string {
    return `${this.rule.name}:`;
  }

  within(name: string): string {
    return `${this.schema}.${quoteName(fitName(name))}`;
  }
}

/** `row` is one trigger for three events; the others are for statements. */
export type TriggerEvent = 'row' | 'insert' | 'update' | 'delete' | 'truncate';
