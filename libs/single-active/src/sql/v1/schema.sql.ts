import { quoteBody, quoteName } from '../quote.ts';
import { settingsOfExpressions } from './expression-settings.sql.ts';
import type { RuleNames } from './rule-names.ts';

/** From here on the numbers are of rows that were recorded; below are those that were taken within a limit. */
export const FIRST_RECORDED = 1_000_001;

/** The types of a rule's slots, each with `COLLATE "C"` where text is compared. */
export interface SlotTypes {
  readonly key: string;
  readonly rowId: string;
}

/** What all rules of a schema share, made once. */
export function schemaStatements({ schema, rules, observed }: RuleNames): readonly string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS ${schema}`,
    `CREATE TABLE IF NOT EXISTS ${rules} (
       name text COLLATE "C" PRIMARY KEY,
       version integer NOT NULL,
       mode text COLLATE "C" NOT NULL,
       definition jsonb NOT NULL,
       installed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
       claimed_by text,
       claimed_until timestamptz)`,
    `CREATE TABLE IF NOT EXISTS ${observed} (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       rule text COLLATE "C" NOT NULL,
       source text COLLATE "C" NOT NULL,
       key text COLLATE "C" NOT NULL,
       row_id text COLLATE "C" NOT NULL,
       at timestamptz NOT NULL DEFAULT clock_timestamp())`,
  ];
}

/**
 * The slots. The primary key is the refusal; a second key says that a row has one slot, and a proof points at it. Text is
 * compared bytewise: new locale data cannot reorder the index under its rows.
 */
export function slotTable(names: RuleNames, types: SlotTypes): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${names.slots} (
    key ${types.key} NOT NULL,
    slot integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    row_id ${types.rowId} NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT ${quoteName(names.primaryKey)} PRIMARY KEY (key, slot),
    CONSTRAINT ${quoteName(names.rowKey)} UNIQUE (key, source, row_id))`,
    `CREATE SEQUENCE IF NOT EXISTS ${names.numbers} AS integer MINVALUE ${FIRST_RECORDED} CYCLE`,
  ];
}

/** @see RuleNames.gate */
export function gateTable(names: RuleNames, types: SlotTypes): string {
  return `CREATE TABLE IF NOT EXISTS ${names.gate} (key ${types.key} PRIMARY KEY, passed bigint NOT NULL) WITH (fillfactor = 50)`;
}

/** Every active row, as the triggers see it. Row level security that would hide a row is an error. */
export function rowsFunction(
  names: RuleNames,
  types: SlotTypes,
  searchPath: string,
  rows: string,
): readonly string[] {
  return [
    `DROP FUNCTION IF EXISTS ${names.rows}()`,
    `CREATE FUNCTION ${names.rows}() RETURNS TABLE (key ${bare(types.key)}, source text, row_id ${bare(types.rowId)}, allowed integer)
       LANGUAGE sql STABLE ROWS 100000 ${settingsOfExpressions(searchPath)} SET row_security = off AS ${quoteBody(rows)}`,
    `REVOKE EXECUTE ON FUNCTION ${names.rows}() FROM PUBLIC`,
  ];
}

/** A parameter has no collation of its own. */
export function bare(type: string): string {
  return type.replace(/ COLLATE "C"$/, '');
}
