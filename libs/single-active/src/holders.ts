import type { Database } from './database.interface.ts';
import type { Rule } from './rule.ts';
import { millisecondsOf } from './sql/milliseconds.ts';
import { RuleNames } from './sql/v1/rule-names.ts';

/** A row that holds a slot. @publicApi */
export interface Holder {
  /** Its table, as the rule calls it (`as`). */
  readonly table: string;
  /** As the driver gives a column of the id's type; text where the tables have ids of different types. */
  readonly id: unknown;
  /** 1 or more. */
  readonly slot: number;
  readonly takenAt: Date;
}

/**
 * Who holds the slots of a key, in the order of the slots; empty when none is held. One look-up by primary key.
 *
 * @throws the driver's error when the rule is not installed
 * @publicApi
 */
export async function holders(db: Database, rule: Rule, key: unknown): Promise<Holder[]> {
  const { slots } = new RuleNames(rule);
  const { rows } = await db.query(
    `SELECT source AS "table", row_id AS id, slot, ${millisecondsOf('taken_at')} AS "takenAt" FROM ${slots} WHERE key = $1 ORDER BY slot`,
    [key],
  );
  return (rows as (Omit<Holder, 'takenAt'> & { takenAt: number })[]).map((row) => ({
    ...row,
    takenAt: new Date(row.takenAt),
  }));
}
