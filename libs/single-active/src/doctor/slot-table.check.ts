import type { Database } from '../database.interface.ts';
import type { Rule } from '../rule.ts';
import type { RuleNames } from '../sql/v1/rule-names.ts';
import type { Finding } from './finding.interface.ts';
import * as say from './findings.messages.ts';
import type { Patient } from './trigger.checks.ts';

interface Found {
  readonly primaryKey: string | null;
  readonly rowKey: string | null;
  readonly isLogged: boolean;
  readonly isBytewise: boolean;
  readonly hasNumbers: boolean;
  readonly hasGate: boolean;
}

/** Whether the constraints, types and collations of the slots are those that the rule made. */
export async function checkSlotTable(
  db: Database,
  rule: Rule,
  { names, inspection, state }: Patient,
): Promise<Finding[]> {
  const found = await findSlotTable(db, names);
  const { types } = inspection;
  const needsGate = typeof rule.slots === 'string';
  const faults = [
    [found.primaryKey === 'PRIMARY KEY (key, slot)', 'the primary key is not one on key and slot'],
    [
      found.rowKey === 'UNIQUE (key, source, row_id)',
      'the key of a row is not one on key, source and row_id',
    ],
    [found.isBytewise, 'text is not compared bytewise'],
    [state.types?.key === types.key, `keys are kept as ${state.types?.key}, not as ${types.key}`],
    [state.types?.rowId === types.rowId, `ids are kept as ${state.types?.rowId}, not as ${types.rowId}`],
    [found.isLogged, 'the table is UNLOGGED'],
    [found.hasNumbers, 'the sequence of numbers is missing'],
    [found.hasGate || !needsGate, 'the table of gates is missing'],
  ] as const;
  return faults.filter(([isSo]) => !isSo).map(([, what]) => say.slotTableChanged(names.slots, what));
}

async function findSlotTable(db: Database, names: RuleNames): Promise<Found> {
  const { rows } = await db.query(
    `SELECT (SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint k
              WHERE k.conrelid = c.oid AND k.conname = $2) AS "primaryKey",
            (SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint k
              WHERE k.conrelid = c.oid AND k.conname = $3) AS "rowKey",
            c.relpersistence = 'p' AS "isLogged",
            NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attcollation NOT IN (0, 'pg_catalog."C"'::regcollation)) AS "isBytewise",
            pg_catalog.to_regclass($4) IS NOT NULL AS "hasNumbers", pg_catalog.to_regclass($5) IS NOT NULL AS "hasGate"
       FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1)`,
    [names.slots, names.primaryKey, names.rowKey, names.numbers, names.gate],
  );
  return rows[0] as Found;
}
