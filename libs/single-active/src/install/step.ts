import type { Rule } from '../rule.ts';
import { doBlock, LOCK_TIMEOUT } from '../sql/do-block.ts';
import { quoteName, quoteText } from '../sql/quote.ts';
import { type RuleNames, VERSION } from '../sql/v1/rule-names.ts';
import { schemaStatements } from '../sql/v1/schema.sql.ts';
import type { InstalledProof, InstalledTrigger } from './installed-state.ts';

/** Whether a rule refuses, or only counts what it would refuse. @publicApi */
export type RuleMode = 'enforce' | 'observe';

/** One statement, and the lock that it takes on a table of the application. */
export interface Step {
  readonly statement: string;
  readonly lock: { readonly table: string; readonly mode: string } | null;
  /** It makes or chooses what another session may choose, too (23505), and is run again then. */
  readonly isRepeatedOnConflict?: boolean;
}

/**
 * The schema, and the rule in it, whose triggers refuse nothing yet. Of two at once, the second may not see what the first
 * has made while it waited, and is run again.
 */
export function announce(rule: Rule, names: RuleNames): Step {
  return {
    lock: null,
    isRepeatedOnConflict: true,
    statement: doBlock([
      `PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(${quoteText(`single-active:${rule.schema}`)}, 0))`,
      ...schemaStatements(names),
      `INSERT INTO ${names.rules} (name, version, mode, definition)
         VALUES (${quoteText(rule.name)}, ${VERSION}, 'record', ${quoteText(definitionOf(rule))}) ON CONFLICT DO NOTHING`,
    ]),
  };
}

/** As it is stored with the rule. */
export function definitionOf({ slots, tables }: Rule): string {
  return JSON.stringify({ slots, tables });
}

export function dropTrigger({ relation, name }: Pick<InstalledTrigger, 'relation' | 'name'>): Step {
  return {
    statement: doBlock([`DROP TRIGGER IF EXISTS ${quoteName(name)} ON ${relation}`], LOCK_TIMEOUT),
    lock: { table: relation, mode: 'ACCESS EXCLUSIVE' },
  };
}

/** It locks no table of the application. */
export function free(statement: string): Step {
  return { statement, lock: null };
}

/** Takes a proof off, by the name that every proof of the rule has. */
export function dropProof({ relation }: Pick<InstalledProof, 'relation'>, names: RuleNames): Step {
  return {
    statement: doBlock(
      [`ALTER TABLE ${relation} DROP CONSTRAINT IF EXISTS ${quoteName(names.proof)}`],
      LOCK_TIMEOUT,
    ),
    lock: { table: relation, mode: 'ACCESS EXCLUSIVE' },
  };
}
