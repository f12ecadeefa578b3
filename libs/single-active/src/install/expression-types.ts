import type { Database } from '../database.interface.ts';
import type { RuleFault } from '../rule-definition.error.ts';
import { faultOf } from './database-fault.ts';

/** The type of an expression, as Postgres sees it. */
export interface ExpressionType {
  /** As `format_type` writes it, of a domain its base. */
  readonly name: string;
  /** `b` base, `e` enum, `c` composite, `r` range, `p` pseudo. */
  readonly kind: string;
  readonly isCollatable: boolean;
  readonly isDeterministic: boolean;
  readonly isSortable: boolean;
}

/** An expression over the rows of a table, and the field of the definition that it comes from. */
export interface Expression {
  readonly field: string;
  readonly sql: string;
  /** Schema and name, quoted. */
  readonly relation: string;
  readonly alias: string;
}

/**
 * Asks Postgres for the type of an expression, without reading a row.
 *
 * @returns a fault when the expression is not one over the table's columns
 */
export async function typeOf(
  db: Database,
  { field, sql, relation, alias }: Expression,
): Promise<ExpressionType | RuleFault> {
  const probe = `(SELECT (${sql}) FROM ${relation} AS ${alias} LIMIT 0)`;
  try {
    const { rows } = await db.query(
      `WITH RECURSIVE asked AS (
         SELECT pg_catalog.pg_typeof(${probe})::oid AS type
       ), base AS (
         SELECT t.* FROM pg_catalog.pg_type t JOIN asked ON t.oid = asked.type
         UNION ALL
         SELECT t.* FROM pg_catalog.pg_type t JOIN base ON base.typtype = 'd' AND t.oid = base.typbasetype
       )
       SELECT pg_catalog.format_type(oid, NULL) AS name, typtype::text AS kind, typcollation <> 0 AS "isCollatable",
              EXISTS (SELECT FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am a ON a.oid = o.opcmethod
                       WHERE a.amname = 'btree' AND o.opcdefault AND o.opcintype = base.oid)
                OR typtype = 'e' AS "isSortable"
         FROM base WHERE typtype <> 'd'`,
    );
    const [type] = rows as Omit<ExpressionType, 'isDeterministic'>[];
    if (!type) throw new Error(`Postgres has no type for ${sql}.`);
    return { ...type, isDeterministic: !type.isCollatable || (await isDeterministic(db, probe)) };
  } catch (error) {
    return faultOf(error, field);
  }
}

async function isDeterministic(db: Database, probe: string): Promise<boolean> {
  const { rows } = await db.query(
    `SELECT coalesce((SELECT c.collisdeterministic FROM pg_catalog.pg_collation c
       WHERE c.oid = pg_catalog.to_regcollation(pg_catalog.pg_collation_for(${probe}))), true) AS deterministic`,
  );
  return (rows[0] as { deterministic: boolean }).deterministic;
}

const TEXT = /^(text|character varying|character|name|"char")$/;
const WHOLE_NUMBER = /^(smallint|integer|bigint)$/;
/** Their own comparison follows a locale, or calls different texts equal. */
const BY_LOCALE = /^(citext|.*\.citext|jsonb)$/;

/**
 * The type in which keys are kept. Texts are compared bytewise, numbers as numbers.
 *
 * @returns a fault for a type whose equality the slots could not keep
 */
export function keyType(type: ExpressionType, field: string): string | RuleFault {
  const remedy = `Use an expression whose type is text, a number, a date or a uuid, e.g. (…)::text.`;
  if (BY_LOCALE.test(type.name) || !type.isDeterministic)
    return {
      field,
      fault: `has the type ${type.name}, which calls different values equal by rules that can change`,
      remedy: 'Say what is equal, e.g. lower((…)::text).',
    };
  // First: `character varying` has no order of its own, and uses that of text.
  if (TEXT.test(type.name) || type.kind === 'e') return 'text COLLATE "C"';
  if (type.kind === 'c' || type.kind === 'p' || !type.isSortable)
    return { field, fault: `has the type ${type.name}, which no index can compare`, remedy };
  if (WHOLE_NUMBER.test(type.name)) return 'bigint';
  return type.isCollatable ? `${type.name} COLLATE "C"` : type.name;
}

/** The type in which ids are kept: theirs, where all tables have the same, else text. */
export function rowIdType(types: readonly ExpressionType[]): string {
  const [first] = types;
  const same = types.every(({ name }) => name === first?.name);
  if (
    !first ||
    !same ||
    TEXT.test(first.name) ||
    first.kind !== 'b' ||
    first.isCollatable ||
    !first.isSortable
  )
    return 'text COLLATE "C"';
  return first.name;
}
