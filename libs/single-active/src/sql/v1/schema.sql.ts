import { quoteName } from '../quote.ts';
import type { RuleNames } from './rule-names.ts';

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
       installed_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
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
export function slotTable(names: RuleNames, types: SlotTypes): string {
  return `CREATE TABLE IF NOT EXISTS ${names.slots} (
    key ${types.key} NOT NULL,
    slot integer NOT NULL,
    source text COLLATE "C" NOT NULL,
    row_id ${types.rowId} NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT ${quoteName(names.primaryKey)} PRIMARY KEY (key, slot),
    CONSTRAINT ${quoteName(names.rowKey)} UNIQUE (key, source, row_id))`;
}
