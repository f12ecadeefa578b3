import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../database.interface.ts';
import { inspect, type Inspection } from '../install/inspect.ts';
import { type InstalledState, readState } from '../install/installed-state.ts';
import { activeRows } from '../install/rows.sql.ts';
import { definitionOf } from '../install/step.ts';
import { RuleSteps } from '../install/steps.ts';
import { RuleDefinitionError } from '../rule-definition.error.ts';
import type { Rule } from '../rule.ts';
import { RuleNames, VERSION } from '../sql/v1/rule-names.ts';
import type { Diagnosis, Finding } from './finding.interface.ts';
import * as say from './findings.messages.ts';
import { checkFunctions } from './function.checks.ts';
import { checkSlots, checkViolations } from './slot.checks.ts';
import { checkSlotTable } from './slot-table.check.ts';
import { checkForeignTriggers, checkTriggers, type Patient } from './trigger.checks.ts';

/**
 * Says whether a rule holds, and what to do where it does not. Changes nothing: it runs SELECTs only, and reads every active
 * row. Safe beside writers. Run it as the role that installs: another one may not see everything.
 *
 * @returns one finding for each thing that is wrong; a rule that was never installed is a finding, too
 * @throws the driver's error, e.g. where the role may not read a table
 * @example
 * const { ok, findings } = await doctor(pool, rule);
 * if (!ok) for (const { message, remedy } of findings) console.error(`${message} ${remedy}`);
 * @publicApi
 */
export async function doctor(db: Database, rule: Rule): Promise<Diagnosis> {
  const findings = await examine(db, rule);
  return { ok: findings.every(({ code }) => code === 'observing'), findings };
}

async function examine(db: Database, rule: Rule): Promise<readonly Finding[]> {
  const names = new RuleNames(rule);
  const state = await readState(db, rule, names);
  const { record } = state;
  if (record === null || state.types === null) return [await notInstalled(db, rule)];
  const findings = checkRecord(rule, record);
  const inspection = await tryToInspect(db, rule);
  if (!('tables' in inspection)) return [...findings, ...inspection];

  const patient: Patient = { names, inspection, state, steps: new RuleSteps(rule, names, inspection, state) };
  findings.push(...(await checkSlotTable(db, rule, patient)));
  findings.push(...checkTriggers(patient), ...(await checkForeignTriggers(db, patient)));
  const mode = record.mode === 'observe' ? 'observe' : 'enforce';
  // With another definition or version, the functions are others too.
  if (findings.every(({ code }) => !code.endsWith('-differs') && code !== 'install-unfinished'))
    findings.push(...(await checkFunctions(db, patient.steps, mode)));
  const rows = (await hasRowsFunction(db, names))
    ? `SELECT * FROM ${names.rows}()`
    : activeRows(rule, inspection);
  // Slots of another type cannot be compared with the rows.
  if (isDeepStrictEqual(state.types, inspection.types))
    findings.push(...(await checkSlots(db, patient, rows)));
  if (mode === 'observe') return [...findings, say.observing(rule.name)];
  return [...findings, ...(await checkViolations(db, patient, rows))];
}

async function notInstalled(db: Database, rule: Rule): Promise<Finding> {
  const { rows } = await db.query('SELECT pg_catalog.to_regnamespace($1) IS NOT NULL AS "isThere"', [
    new RuleNames(rule).schema,
  ]);
  const { isThere } = rows[0] as { isThere: boolean };
  return isThere ? say.ruleMissing(rule.name) : say.schemaMissing(rule.schema);
}

function checkRecord(rule: Rule, record: NonNullable<InstalledState['record']>): Finding[] {
  const findings: Finding[] = [];
  if (record.version !== VERSION) findings.push(say.versionDiffers(record.version, VERSION));
  if (record.mode !== 'enforce' && record.mode !== 'observe') findings.push(say.installUnfinished(rule.name));
  if (!isDeepStrictEqual(record.definition, JSON.parse(definitionOf(rule))))
    findings.push(say.definitionDiffers(rule.name));
  return findings;
}

/** A table that is gone, or a column, is a finding here. */
async function tryToInspect(db: Database, rule: Rule): Promise<Inspection | Finding[]> {
  try {
    return await inspect(db, rule);
  } catch (error) {
    if (error instanceof RuleDefinitionError) return error.faults.map(say.ofFault);
    throw error;
  }
}

/** It compares under the settings of the triggers. Without it, those of this session are the next best. */
async function hasRowsFunction(db: Database, { rows }: RuleNames): Promise<boolean> {
  const found = await db.query('SELECT pg_catalog.to_regproc($1) IS NOT NULL AS "isThere"', [rows]);
  return (found.rows[0] as { isThere: boolean }).isThere;
}
