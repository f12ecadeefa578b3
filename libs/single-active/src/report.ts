import type { Database } from './database.interface.ts';
import { inspect } from './install/inspect.ts';
import { activeRows, violationsQuery } from './install/rows.sql.ts';
import type { Violation } from './install/violation.interface.ts';
import type { Rule } from './rule.ts';
import { millisecondsOf } from './sql/milliseconds.ts';
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
  return { violations: rows as Violation[], observed: await readObserved(db, rule) };
}

interface ObservedRow {
  readonly count: number;
  readonly first: number | null;
  readonly last: number | null;
}

/** Null times, too, where no rule was ever installed. */
async function readObserved(db: Database, rule: Rule): Promise<Report['observed']> {
  const { observed } = new RuleNames(rule);
  const { rows: there } = await db.query('SELECT pg_catalog.to_regclass($1) IS NOT NULL AS yes', [observed]);
  if (!(there[0] as { yes: boolean }).yes) return { count: 0, first: null, last: null };
  const { rows } = await db.query(
    `SELECT count(*)::integer AS count, ${millisecondsOf('min(at)')} AS first, ${millisecondsOf('max(at)')} AS last
       FROM ${observed} WHERE rule = $1`,
    [rule.name],
  );
  const { count, first, last } = rows[0] as ObservedRow;
  return { count, first: instantOf(first), last: instantOf(last) };
}

const instantOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
