import type { Database } from '../database.interface.ts';
import { type RuleFault, RuleDefinitionError } from '../rule-definition.error.ts';
import type { Rule, RuleTable } from '../rule.ts';
import type { SlotTypes } from '../sql/v1/schema.sql.ts';
import { faultOf } from './database-fault.ts';
import { type ExpressionType, keyType, rowIdType, typeOf } from './expression-types.ts';

/** A table of a rule, as Postgres has it. */
export interface InspectedTable {
  readonly table: RuleTable;
  readonly index: number;
  /** Schema and name, quoted. */
  readonly relation: string;
  /** Its name alone, quoted. */
  readonly alias: string;
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

interface RelationRow {
  readonly relation: string;
  readonly alias: string;
  readonly kind: string;
  readonly persistence: string;
  readonly owner: string;
  readonly owns: boolean;
  readonly hasChildren: boolean;
  readonly hidesRows: boolean;
  readonly partitions: readonly string[] | null;
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
  let row: RelationRow | undefined;
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
  const fault = unusable(row);
  if (fault) return { field, ...fault };
  const { relation, alias, kind, partitions } = row;
  return { table, index, relation, alias, isPartitioned: kind === 'p', partitions: partitions ?? [] };
}

async function findRelation(db: Database, name: string): Promise<RelationRow | undefined> {
  const { rows } = await db.query(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation, pg_catalog.quote_ident(c.relname) AS alias,
            c.relkind::text AS kind, c.relpersistence::text AS persistence,
            pg_catalog.pg_get_userbyid(c.relowner)::text AS owner, pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owns,
            c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid) AS "hasChildren",
            c.relforcerowsecurity AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r
              WHERE r.rolname = current_user AND (r.rolsuper OR r.rolbypassrls)) AS "hidesRows",
            (SELECT pg_catalog.json_agg(pg_catalog.format('%I.%I', pn.nspname, p.relname))
               FROM pg_catalog.pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class p ON p.oid = t.relid
               JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
              WHERE t.isleaf AND c.relkind = 'p') AS partitions
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = pg_catalog.to_regclass($1)`,
    [name],
  );
  return (rows as RelationRow[])[0];
}

function unusable(row: RelationRow): Omit<RuleFault, 'field'> | null {
  if (row.kind !== 'r' && row.kind !== 'p')
    return {
      fault: `is ${row.relation}, which is not a table`,
      remedy: 'Name the table that is behind it.',
    };
  if (row.persistence === 't')
    return { fault: `is ${row.relation}, a temporary table`, remedy: 'Name a table that stays.' };
  if (row.hasChildren)
    return {
      fault: `is ${row.relation}, from which other tables inherit: a trigger does not see their rows`,
      remedy: 'Name each of the tables, or use partitions.',
    };
  if (!row.owns)
    return {
      fault: `is ${row.relation}, which belongs to the role ${row.owner}`,
      remedy: 'Run this as that role: only the owner of a table may put it under a rule.',
    };
  if (row.hidesRows)
    return {
      fault: `is ${row.relation}, whose row level security is forced on its owner too: rows would be missed`,
      remedy: 'Run this as a role with BYPASSRLS.',
    };
  return null;
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
