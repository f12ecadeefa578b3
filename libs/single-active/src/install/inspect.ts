import type { Database } from '../database.interface.ts';
import { type RuleFault, RuleDefinitionError } from '../rule-definition.error.ts';
import type { Rule, RuleTable } from '../rule.ts';
import type { SlotTypes } from '../sql/v1/schema.sql.ts';
import { faultOf } from './database-fault.ts';
import { type ExpressionType, keyType, rowIdType, typeOf } from './expression-types.ts';
import { findRelation, type Relation, unusable, virtualColumnFault } from './relation.ts';

/** A table of a rule, as Postgres has it. */
export interface InspectedTable {
  readonly table: RuleTable;
  readonly index: number;
  /** Schema and name, quoted. */
  readonly relation: string;
  /** Its name alone, quoted. */
  readonly alias: string;
  readonly owner: string;
  readonly isPartitioned: boolean;
  /** Leaf partitions, quoted. */
  readonly partitions: readonly string[];
}

/** Everything that the SQL of a rule is made from. */
export interface Inspection {
  readonly tables: readonly InspectedTable[];
  readonly types: SlotTypes;
  /** In which expressions find functions and types. */
  readonly searchPath: string;
}

const isFault = (value: object | string): value is RuleFault => typeof value === 'object' && 'fault' in value;

/**
 * Looks a rule's tables and expressions up. Reads the catalogue and no row.
 *
 * @throws RuleDefinitionError that lists every fault, with nothing changed
 */
export async function inspect(db: Database, rule: Rule): Promise<Inspection> {
  const faults: RuleFault[] = [];
  const tables: InspectedTable[] = [];
  for (const [index, table] of rule.tables.entries()) {
    const found = await inspectTable(db, table, index);
    if (isFault(found)) faults.push(found);
    else tables.push(found);
  }
  const keys: { readonly field: string; readonly type: string }[] = [];
  const ids: ExpressionType[] = [];
  for (const inspected of tables) {
    const checked = await inspectExpressions(db, rule, inspected);
    faults.push(...checked.faults);
    if (checked.key !== null) keys.push({ field: `tables[${inspected.index}].key`, type: checked.key });
    if (checked.id !== null) ids.push(checked.id);
  }
  const other = keys.find(({ type }) => type !== keys[0]?.type);
  if (other && keys[0])
    faults.push({
      field: other.field,
      fault: `is ${other.type}, and ${keys[0].field} is ${keys[0].type}`,
      remedy: 'Give all tables keys of one type, e.g. (…)::text.',
    });
  const [key] = keys;
  if (faults.length > 0 || !key) throw new RuleDefinitionError(rule.name, faults);
  return { tables, types: { key: key.type, rowId: rowIdType(ids) }, searchPath: await searchPath(db) };
}

async function inspectTable(
  db: Database,
  table: RuleTable,
  index: number,
): Promise<InspectedTable | RuleFault> {
  const field = `tables[${index}].table`;
  let row: Relation | undefined;
  try {
    row = await findRelation(db, table.table);
  } catch (error) {
    return faultOf(error, field);
  }
  if (!row)
    return {
      field,
      fault: `is '${table.table}', which this database does not have`,
      remedy: 'Correct the name, or name its schema too.',
    };
  const fault = unusable(row) ?? virtualColumnFault(row, table);
  if (fault) return { ...fault, field: fault.field ? `tables[${index}].${fault.field}` : field };
  const { relation, alias, owner, kind, partitions } = row;
  return { table, index, relation, alias, owner, isPartitioned: kind === 'p', partitions: partitions ?? [] };
}

async function inspectExpressions(
  db: Database,
  rule: Rule,
  { table, index, relation, alias }: InspectedTable,
): Promise<{
  readonly faults: RuleFault[];
  readonly key: string | null;
  readonly id: ExpressionType | null;
}> {
  const faults: RuleFault[] = [];
  const ask = async (field: string, sql: string): Promise<ExpressionType | null> => {
    const found = await typeOf(db, { field, sql, relation, alias });
    if (!isFault(found)) return found;
    faults.push(found);
    return null;
  };
  const at = `tables[${index}]`;
  const key = await ask(`${at}.key`, table.key);
  const id = await ask(`${at}.id`, table.id);
  const active = await ask(`${at}.activeWhen`, table.activeWhen);
  if (active && active.name !== 'boolean')
    faults.push({
      field: `${at}.activeWhen`,
      fault: `is ${active.name}, not a condition`,
      remedy: "Compare, e.g. status = 'open'.",
    });
  if (typeof rule.slots === 'string') {
    const slots = await ask('slots', rule.slots);
    if (slots && !/^(smallint|integer|bigint|numeric)$/.test(slots.name))
      faults.push({ field: 'slots', fault: `is ${slots.name}, not a number`, remedy: 'Use a whole number.' });
  }
  if (table.proof) {
    await ask(`${at}.proof.key`, table.proof.key);
    await ask(`${at}.proof.source`, table.proof.source);
  }
  const kept = key && keyType(key, `${at}.key`);
  if (kept && isFault(kept)) faults.push(kept);
  return { faults, key: kept !== null && !isFault(kept) ? kept : null, id };
}

/** The installer's own, so that a caller's cannot put other functions in their place; temporary objects come last. */
async function searchPath(db: Database): Promise<string> {
  const { rows } = await db.query(
    `SELECT coalesce(pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' ORDER BY place), '') AS path
       FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS s (name, place)`,
  );
  const { path } = rows[0] as { path: string };
  return ['pg_catalog', ...(path === '' ? [] : [path]), 'pg_temp'].join(', ');
}
