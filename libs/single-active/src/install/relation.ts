import type { Database } from '../database.interface.ts';
import type { RuleFault } from '../rule-definition.error.ts';
import type { RuleTable } from '../rule.ts';
import { namesColumn } from '../sql/words.ts';

/** What the catalogue says of a table. */
export interface Relation {
  /** Schema and name, quoted. */
  readonly relation: string;
  /** Its name alone, quoted. */
  readonly alias: string;
  /** `r` table, `p` partitioned table, `v` view, `m` materialized view, `f` foreign table. */
  readonly kind: string;
  /** `p` permanent, `u` unlogged, `t` temporary. */
  readonly persistence: string;
  readonly owner: string;
  /** Whether the session's role is the owner, or a member of it. */
  readonly owns: boolean;
  readonly hasChildren: boolean;
  /** Whether row level security hides rows from the session's role. */
  readonly hidesRows: boolean;
  /** Leaf partitions, quoted; null when there are none. */
  readonly partitions: readonly string[] | null;
  /** Columns that are computed when they are read; null when there are none. */
  readonly virtualColumns: readonly string[] | null;
}

/** A fault of the table itself has no field. */
type TableFault = Omit<RuleFault, 'field'> & { readonly field?: string };

/** @param name as SQL has it */
export async function findRelation(db: Database, name: string): Promise<Relation | undefined> {
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
              WHERE t.isleaf AND c.relkind = 'p') AS partitions,
            (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attgenerated = 'v' AND NOT a.attisdropped) AS "virtualColumns"
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = pg_catalog.to_regclass($1)`,
    [name],
  );
  return (rows as Relation[])[0];
}

const KINDS: Readonly<Record<string, readonly [fault: string, remedy: string]>> = {
  v: ['a view', 'Name the table that it reads.'],
  m: ['a materialized view', 'Name the table that it reads.'],
  f: ['a foreign table, whose other writers fire no trigger here', 'Put the rule on it where it lives.'],
};

/** Why triggers cannot keep the rule on a table; null when they can. */
export function unusable(found: Relation): TableFault | null {
  const { relation, kind, persistence, owner } = found;
  if (kind !== 'r' && kind !== 'p') {
    const [fault, remedy] = KINDS[kind] ?? ['not a table', 'Name a table.'];
    return { fault: `is ${relation}, ${fault}`, remedy };
  }
  if (persistence === 't')
    return { fault: `is ${relation}, a temporary table`, remedy: 'Name a table that stays.' };
  if (persistence === 'u')
    return {
      fault: `is ${relation}, which is UNLOGGED: a crash empties it and leaves its slots`,
      remedy: `Run ALTER TABLE ${relation} SET LOGGED first.`,
    };
  if (found.hasChildren)
    return {
      fault: `is ${relation}, from which other tables inherit: a trigger does not see their rows`,
      remedy: 'Name each of the tables, or use partitions.',
    };
  if (!found.owns)
    return {
      fault: `is ${relation}, which belongs to the role ${owner}`,
      remedy: 'Run this as that role: only the owner of a table may put it under a rule.',
    };
  if (found.hidesRows)
    return {
      fault: `is ${relation}, whose row level security is forced on its owner too: rows would be missed`,
      remedy: 'Run this as a role with BYPASSRLS.',
    };
  return null;
}

/** A trigger sees NULL in a column that is computed when it is read. */
export function virtualColumnFault({ virtualColumns }: Relation, table: RuleTable): TableFault | null {
  const { id, key, activeWhen } = table;
  for (const [field, sql] of Object.entries({ id, key, activeWhen })) {
    const column = virtualColumns?.find((name) => namesColumn(sql, name));
    if (column !== undefined)
      return {
        field,
        fault: `reads the virtual column ${column}, which a trigger sees as NULL`,
        remedy: 'Write the expression of the column instead, or make it STORED.',
      };
  }
  return null;
}
