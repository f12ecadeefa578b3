import type { Database } from '../database.interface.ts';
import { RuleDefinitionError } from '../rule-definition.error.ts';
import type { Rule } from '../rule.ts';
import { RuleNames } from '../sql/v1/rule-names.ts';
import { type Backfill, BATCH_ROWS, backfillOf } from './backfill.sql.ts';
import { inspect, type Inspection } from './inspect.ts';
import { InstallClaim } from './install-claim.ts';
import { type InstalledState, readState } from './installed-state.ts';
import { violationsQuery } from './rows.sql.ts';
import { runStep } from './run-step.ts';
import { announce, free, type RuleMode, type Step } from './step.ts';
import { RuleSteps } from './steps.ts';
import type { Violation } from './violation.interface.ts';
import { type OpenWriter, waitForWriters } from './writers.ts';

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
  /**
   * Only where there are some: transactions that had written before the rule was switched on and did not end within a minute.
   * What they add until their end is not refused. End them, then install again.
   */
  readonly openWriters?: readonly OpenWriter[];
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
  requireSameTypes(rule, inspection, await readState(db, rule, names));
  await runStep(db, announce(rule, names), names.slots);
  const claim = new InstallClaim(db, rule, names);
  await claim.take();
  try {
    return await installClaimed({ db, rule, names, inspection, claim }, mode);
  } finally {
    await claim.release();
  }
}

interface Work {
  readonly db: Database;
  readonly rule: Rule;
  readonly names: RuleNames;
  readonly inspection: Inspection;
  readonly claim: InstallClaim;
}

async function installClaimed(work: Work, mode: RuleMode): Promise<Installation> {
  const { db, rule, names, inspection } = work;
  const { tables, types } = inspection;
  const steps = new RuleSteps(rule, names, inspection, await readState(db, rule, names));
  const backfill = backfillOf(rule.name, names);
  await run(work, [
    steps.prepare(mode),
    ...tables
      .filter((table) => steps.missingTriggers(table).length > 0)
      .map((table) => steps.addTriggers(table)),
    ...steps.dropStale(),
    steps.freeStale(),
  ]);
  await fillSlots(work, backfill);
  await run(work, [steps.activate(mode)]);
  // One that began before still records, and would let a second row pass after the return.
  const openWriters = await waitForWriters(db, tables);
  if (mode === 'enforce') await run(work, [{ ...free(backfill.renumber), isRepeatedOnConflict: true }]);
  await run(work, steps.prove());
  const { rows } = await db.query(violationsQuery(`SELECT * FROM ${names.rows}()`, types));
  return { mode, violations: rows as Violation[], ...(openWriters.length > 0 ? { openWriters } : {}) };
}

async function run({ db, names, claim }: Work, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    await claim.renew();
    await runStep(db, step, names.slots);
  }
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

/** Every row that was active before gets its slot, and every slot has its row. */
async function fillSlots(work: Work, backfill: Backfill): Promise<void> {
  const { db, rule, inspection } = work;
  // One that began before a trigger was there, or with another definition, is not seen by the list.
  await waitForWriters(db, inspection.tables);
  for (let round = 1; await isMissing(db, backfill); round++) {
    if (round > ROUNDS)
      throw new Error(
        `The rule '${rule.name}': rows without a slot kept coming for ${ROUNDS} rounds. Run install again.`,
      );
    await run(work, [free(backfill.list)]);
    const { rows } = await db.query(backfill.count);
    const { count } = rows[0] as { count: number };
    for (let from = 0; from < count; from += BATCH_ROWS) await run(work, [free(backfill.batch(from))]);
  }
  // A slot that was given to a row while its writer ended it is seen once the writer has ended.
  await waitForWriters(db, inspection.tables);
  await run(work, [free(backfill.sweep)]);
}

async function isMissing(db: Database, { check }: Backfill): Promise<boolean> {
  const { rows } = await db.query(check);
  return (rows[0] as { missing: boolean }).missing;
}
