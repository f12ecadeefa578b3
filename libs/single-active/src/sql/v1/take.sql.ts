import type { Rule } from '../../rule.ts';
import { quoteBody, quoteText } from '../quote.ts';
import type { RuleNames } from './rule-names.ts';
import type { SlotTypes } from './schema.sql.ts';

/**
 * Settings of every function that touches the slots. Its plans are kept by a session: one made while the slots were few would
 * read all of them for each row when they are many.
 */
export const SLOT_SETTINGS = 'SET enable_seqscan = off';

/** One key at a time: two that count at the same moment would both see a free slot. */
const lockOf = (rule: string): string =>
  `PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(${quoteText(`single-active:${rule}:`)} || wanted_key::text, 0));`;

/** Always the lowest free one: of two that count in an old snapshot, the primary key refuses the second. */
const LOWEST_FREE = (slots: string): string => `
    SELECT c.n INTO free FROM pg_catalog.generate_series(1, held + 1) AS c (n)
     WHERE NOT EXISTS (SELECT FROM ${slots} s WHERE s.key = wanted_key AND s.slot = c.n)
     ORDER BY c.n LIMIT 1;`;

/**
 * The functions that take a slot one by one: `take` refuses above the number, `record` never does. They are called by the
 * rule's own triggers only.
 *
 * @param noted whether `record` notes what `take` would have refused
 */
export function takeFunctions(
  rule: Rule,
  names: RuleNames,
  types: SlotTypes,
  noted: boolean,
): readonly string[] {
  const parameters = `(wanted_key ${bare(types.key)}, allowed integer, of_source text, of_row ${bare(types.rowId)})`;
  const signature = `(${bare(types.key)}, integer, text, ${bare(types.rowId)})`;
  const head = (name: string): string =>
    `CREATE OR REPLACE FUNCTION ${name}${parameters} RETURNS void LANGUAGE plpgsql
       SECURITY DEFINER SET search_path = pg_catalog, pg_temp ${SLOT_SETTINGS} AS `;
  const count = `SELECT pg_catalog.count(*) INTO held FROM ${names.slots} s WHERE s.key = wanted_key;`;
  return [
    head(names.take) +
      quoteBody(`
  DECLARE held integer; free integer;
  BEGIN
    ${lockOf(rule.name)}
    ${count}
    IF allowed IS NULL OR held >= allowed THEN
      ${raiseTaken(rule, names)}
    END IF;
    ${LOWEST_FREE(names.slots)}
    INSERT INTO ${names.slots} (key, slot, source, row_id) VALUES (wanted_key, free, of_source, of_row);
  END`),
    head(names.record) +
      quoteBody(`
  DECLARE held integer; free integer; refused_by text;
  BEGIN
    ${lockOf(rule.name)}
    ${count}
    ${noted ? noteAbove(rule, names) : ''}
    ${LOWEST_FREE(names.slots)}
    LOOP
      BEGIN
        INSERT INTO ${names.slots} (key, slot, source, row_id) VALUES (wanted_key, free, of_source, of_row);
        RETURN;
      EXCEPTION WHEN unique_violation THEN
        -- Taken by a transaction that this one's snapshot does not see; or by this row itself.
        GET STACKED DIAGNOSTICS refused_by = CONSTRAINT_NAME;
        IF refused_by <> ${quoteText(names.primaryKey)} THEN RETURN; END IF;
        free := free + 1;
      END;
    END LOOP;
  END`),
    `REVOKE EXECUTE ON FUNCTION ${names.take}${signature}, ${names.record}${signature} FROM PUBLIC`,
  ];
}

/** As the primary key itself would say it, so that a caller needs to know one refusal only. */
function raiseTaken(rule: Rule, names: RuleNames): string {
  return `RAISE EXCEPTION USING ERRCODE = 'unique_violation', CONSTRAINT = ${quoteText(names.primaryKey)},
        SCHEMA = ${quoteText(rule.schema)}, TABLE = ${quoteText(rule.name)},
        MESSAGE = pg_catalog.format(${quoteText(`rule "${rule.name}": %s of %s slots of this key are taken`)}, held, coalesce(allowed::text, 'unknown')),
        DETAIL = pg_catalog.format('Key (key, slot)=(%s, %s) already exists.', wanted_key, coalesce(allowed, 0));`;
}

function noteAbove(rule: Rule, names: RuleNames): string {
  return `IF allowed IS NULL OR held >= allowed THEN
      INSERT INTO ${names.observed} (rule, source, key, row_id)
      VALUES (${quoteText(rule.name)}, of_source, wanted_key::text, of_row::text);
    END IF;`;
}

/** A parameter has no collation of its own. */
export function bare(type: string): string {
  return type.replace(/ COLLATE "C"$/, '');
}

/**
 * Takes the only slot of each row that a query gives, in one statement. A key whose old violators hold higher numbers asks
 * for one of those, which is taken: a new row is refused until none is left.
 *
 * @param rows a query with the columns `key` and `row_id`, in the order in which they are taken
 */
export function takeOnly(names: RuleNames, source: string, rows: string): string {
  return `INSERT INTO ${names.slots} (key, slot, source, row_id)
    SELECT wanted.key,
           coalesce((SELECT pg_catalog.min(above.slot) FROM ${names.slots} above WHERE above.key = wanted.key AND above.slot > 1), 1),
           ${quoteText(source)}, wanted.row_id
      FROM (${rows}) wanted`;
}
