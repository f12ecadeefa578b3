import type { Database } from './database.interface.ts';
import { inspect } from './install/inspect.ts';
import { activeRows, violationsQuery } from './install/rows.sql.ts';
import type { Violation } from './install/violation.interface.ts';
import type { Rule } from './rule.ts';
import { RuleNames } from './sql/v1/rule-names.ts';

/** What a rule that observes has seen. @publicApi */
export interface Report {
  /** Rows that break the rule now. */
  readonly violations: readonly Violation[];
  /** What would have been refused since the install; null times when nothing was. */
  readonly observed: { readonly count: number; readonly first: Date | null; readonly last: Date | null };
}

/** Says what breaks the rule now, and what it would have refused while it observed. @publicApi */
export async function report(db: Database, rule: Rule): Promise<Report> {
  const inspection = await inspect(db, rule);
  const { rows } = await db.query(violationsQuery(activeRows(rule, inspection), inspection.types));
  const { observed } = new RuleNames(rule);
  const seen = await db.query(
    `SELECT count(*)::integer AS count, min(at) AS first, max(at) AS last FROM ${observed} WHERE rule = $1`,
    [rule.name],
  );
  return { violations: rows as Violation[], observed: seen.rows[0] as Report['observed'] };
}
