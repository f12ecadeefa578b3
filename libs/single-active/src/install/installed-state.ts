import type { Database } from '../database.interface.ts';
import type { Rule } from '../rule.ts';
import type { RuleNames } from '../sql/v1/rule-names.ts';
import type { SlotTypes } from '../sql/v1/schema.sql.ts';

/** A trigger of the rule, as the catalogue has it. */
export interface InstalledTrigger {
  /** Schema and name of its table, quoted. */
  readonly relation: string;
  readonly name: string;
  /** Schema and name of its function, quoted. */
  readonly function: string;
  /** `A` always, `O` origin, `R` replica, `D` disabled. */
  readonly enabled: string;
  /** Postgres made it for a partition, and drops it with its parent's. */
  readonly isCloned: boolean;
}

/** A foreign key of a proof, as the catalogue has it. */
export interface InstalledProof {
  readonly relation: string;
  readonly isValid: boolean;
}

/** What of a rule is in the database. */
export interface InstalledState {
  readonly record: {
    readonly version: number;
    readonly mode: string;
    readonly definition: Pick<Rule, 'slots' | 'tables'>;
  } | null;
  /** Null: there is no slot table. */
  readonly types: SlotTypes | null;
  readonly triggers: readonly InstalledTrigger[];
  readonly proofs: readonly InstalledProof[];
}

export async function readState(db: Database, rule: Rule, names: RuleNames): Promise<InstalledState> {
  const { rows: there } = await db.query(
    'SELECT pg_catalog.to_regclass($1) IS NOT NULL AS rules, pg_catalog.to_regclass($2) IS NOT NULL AS slots',
    [names.rules, names.slots],
  );
  const exists = there[0] as { rules: boolean; slots: boolean };
  return {
    record: exists.rules ? await readRecord(db, rule, names) : null,
    types: exists.slots ? await readTypes(db, names) : null,
    triggers: await readTriggers(db, rule),
    proofs: exists.slots ? await readProofs(db, names) : [],
  };
}

async function readRecord(db: Database, rule: Rule, names: RuleNames): Promise<InstalledState['record']> {
  const { rows } = await db.query(`SELECT version, mode, definition FROM ${names.rules} WHERE name = $1`, [
    rule.name,
  ]);
  return (rows as NonNullable<InstalledState['record']>[])[0] ?? null;
}

async function readTypes(db: Database, names: RuleNames): Promise<SlotTypes | null> {
  const { rows } = await db.query(
    `SELECT attname AS column, pg_catalog.format_type(atttypid, atttypmod)
              || CASE WHEN collname IS NULL THEN '' ELSE ' COLLATE ' || pg_catalog.quote_ident(collname) END AS type
       FROM pg_catalog.pg_attribute LEFT JOIN pg_catalog.pg_collation c ON c.oid = attcollation
      WHERE attrelid = pg_catalog.to_regclass($1) AND attname IN ('key', 'row_id') AND NOT attisdropped`,
    [names.slots],
  );
  const types = new Map(
    (rows as { column: string; type: string }[]).map(({ column, type }) => [column, type]),
  );
  return { key: types.get('key') ?? '', rowId: types.get('row_id') ?? '' };
}

async function readTriggers(db: Database, rule: Rule): Promise<InstalledTrigger[]> {
  const { rows } = await db.query(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation, t.tgname::text AS name,
            pg_catalog.format('%I.%I', pn.nspname, p.proname) AS function, t.tgenabled::text AS enabled,
            t.tgparentid <> 0 AS "isCloned"
       FROM pg_catalog.pg_trigger t
       JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
      WHERE pn.nspname = $1 AND pg_catalog.starts_with(p.proname, $2)
      ORDER BY 1, 2`,
    [rule.schema, `${rule.name}:`],
  );
  return rows as InstalledTrigger[];
}

async function readProofs(db: Database, names: RuleNames): Promise<InstalledProof[]> {
  const { rows } = await db.query(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS relation, k.convalidated AS "isValid"
       FROM pg_catalog.pg_constraint k
       JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = pg_catalog.to_regclass($1) ORDER BY 1`,
    [names.slots],
  );
  return rows as InstalledProof[];
}
