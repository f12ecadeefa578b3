import type { Database } from '../database.interface.ts';
import type { Rule } from '../rule.ts';
import { RuleNames } from '../sql/v1/rule-names.ts';
import { backfillOf } from './backfill.sql.ts';
import { inspect } from './inspect.ts';
import { type InstallOptions, modeOf, requireSameTypes } from './install.ts';
import { readState } from './installed-state.ts';
import { activeRows, violationsQuery } from './rows.sql.ts';
import { announce, free, type Step } from './step.ts';
import { RuleSteps } from './steps.ts';
import type { Violation } from './violation.interface.ts';

/** What an install would do now. @publicApi */
export interface Plan {
  /** In the order in which they would run. The one that gives slots to rows is repeated for each 2,000 of them. */
  readonly statements: readonly string[];
  /** The locks among them: which table, in which mode, and by which of the statements (its index). */
  readonly locks: readonly { readonly table: string; readonly mode: string; readonly statement: number }[];
  /** Rows that break the rule now. */
  readonly violations: readonly Violation[];
}

/**
 * Says what {@link install} would do, and which rows break the rule. Changes nothing: it runs SELECTs only.
 *
 * @throws RuleDefinitionError when a table or an expression is not usable
 * @publicApi
 */
export async function plan(db: Database, rule: Rule, options: InstallOptions = {}): Promise<Plan> {
  const mode = modeOf(options);
  const names = new RuleNames(rule);
  const inspection = await inspect(db, rule);
  const state = await readState(db, rule, names);
  requireSameTypes(rule, inspection, state);
  const steps = new RuleSteps(rule, names, inspection, state);
  const fill = backfillOf(rule.name, names);
  const all: Step[] = [
    announce(rule, names),
    steps.prepare(mode),
    ...inspection.tables
      .filter((table) => steps.missingTriggers(table).length > 0)
      .map((table) => steps.addTriggers(table)),
    ...steps.dropStale(),
    steps.freeStale(),
    ...[fill.list, fill.batch(0), fill.sweep].map(free),
    steps.activate(mode),
    ...(mode === 'enforce' ? [free(fill.renumber)] : []),
    ...steps.prove(),
  ];
  const { rows } = await db.query(violationsQuery(activeRows(rule, inspection), inspection.types));
  return {
    statements: all.map(({ statement }) => statement),
    locks: all.flatMap(({ lock }, statement) => (lock ? [{ ...lock, statement }] : [])),
    violations: rows as Violation[],
  };
}
