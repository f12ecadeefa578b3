import type { Database } from '../database.interface.ts';
import { RuleDefinitionError } from '../rule-definition.error.ts';
import type { Rule } from '../rule.ts';
import { RuleNames } from '../sql/v1/rule-names.ts';
import { backfillOf } from './backfill.sql.ts';
import { inspect, type Inspection } from './inspect.ts';
import { type InstalledState, readState } from './installed-state.ts';
import { violationsQuery } from './rows.sql.ts';
import { runStep } from './run-step.ts';
import { type RuleMode, RuleSteps } from './steps.ts';
import type { Violation } from './violation.interface.ts';

/** @publicApi */
export interface InstallOptions {
  /** `observe`: takes slots and counts what it would refuse, and refuses nothing. @default 'enforce' */
  readonly mode?: RuleMode;
}

/** What an install did. @publicApi */
export interface Installation {
  readonly mode: RuleMode;
  /** Rows that break the rule already. They keep their slots; a new one is refused until their key is below its number. */
  readonly violations: readonly Violation[];
}

/** A row may take its slot while another one of its key gets one; then it is asked for again. */
const ROUNDS = 20;
const MODES: readonly RuleMode[] = ['enforce', 'observe'];

/**
 * Puts the tables of a rule under it, while they are in use: adds triggers to them and nothing else, and keeps the slots in a
 * schema of its own. Readers go on; a writer waits for 200 ms at most, and the lock is asked for again with pauses for a
 * minute. Rows that are there get their slots, also those that break the rule.
 *
 * Safe to repeat and to run several times at once: it makes what is missing, and repairs what was switched off. What a failed
 * call has done stays, and the next one goes on from there. In a transaction of the caller's it is a part of that, and a lock
 * that is not to be had within 200 ms fails it.
 *
 * @throws RuleDefinitionError when a table or an expression is not usable; nothing was changed
 * @throws TableBusyError when a table stays locked; run it again
 * @publicApi
 */
export async function install(db: Database, rule: Rule, options: InstallOptions = {}): Promise<Installation> {
  const mode = modeOf(options);
  const names = new RuleNames(rule);
  const inspection = await inspect(db, rule);
  const state = await readState(db, rule, names);
  requireSameTypes(rule, inspection, state);
  const steps = new RuleSteps(rule, names, inspection, state);

  await runStep(db, steps.prepare(mode));
  const incomplete = inspection.tables.filter((table) => steps.missingTriggers(table).length > 0);
  for (const table of incomplete) await runStep(db, steps.addTriggers(table));
  for (const step of steps.dropStale()) await runStep(db, step);
  await runStep(db, steps.freeStale());
  await fillSlots(db, rule, inspection, names);
  await runStep(db, steps.activate(mode));
  for (const step of steps.prove()) await runStep(db, step);
  const { rows } = await db.query(violationsQuery(rule, inspection));
  return { mode, violations: rows as Violation[] };
}

export function modeOf({ mode = 'enforce' }: InstallOptions): RuleMode {
  if (MODES.includes(mode)) return mode;
  throw new TypeError(`mode is '${mode}'; use 'enforce' or 'observe'.`);
}

/** The slots are kept in the types that they were made with. */
export function requireSameTypes(rule: Rule, { types }: Inspection, state: InstalledState): void {
  if (!state.types) return;
  for (const [column, what] of [
    ['key', 'keys'],
    ['rowId', 'ids'],
  ] as const) {
    if (state.types[column] === types[column]) continue;
    throw new RuleDefinitionError(rule.name, [
      {
        field: `tables[].${column === 'key' ? 'key' : 'id'}`,
        fault: `is ${types[column]}, and the slots have ${what} of the type ${state.types[column]}`,
        remedy: `Cast it to that type, or uninstall the rule and install it again.`,
      },
    ]);
  }
}

async function fillSlots(db: Database, rule: Rule, inspection: Inspection, names: RuleNames): Promise<void> {
  const backfill = backfillOf(rule, names, inspection.types, inspection.tables);
  for (let round = 1; ; round++) {
    const { rows } = await db.query(backfill.check);
    if (!(rows[0] as { missing: boolean }).missing) break;
    if (round > ROUNDS)
      throw new Error(
        `The rule '${rule.name}': rows without a slot kept coming for ${ROUNDS} rounds. Run install again.`,
      );
    await db.query(backfill.list);
    while (await giveNext(db, backfill.batch));
    await db.query(backfill.dropList);
  }
  await db.query(backfill.sweep);
}

async function giveNext(db: Database, batch: string): Promise<boolean> {
  const { rows } = await db.query(batch);
  return (rows[0] as { left: number }).left > 0;
}
