import type { Rule } from '../rule.ts';
import { quoteText } from '../sql/quote.ts';
import type { SlotTypes } from '../sql/v1/schema.sql.ts';
import type { InspectedTable, Inspection } from './inspect.ts';

/** The active rows of a rule's tables, as slots have them, and the number that each allows. */
export function activeRows(rule: Rule, { tables, types }: Pick<Inspection, 'tables' | 'types'>): string {
  return tables.map((table) => rowsOf(table, types, rule.slots)).join('\nUNION ALL\n');
}

/** A key is looked at only of a row that is active: it may be an error in another one. */
function rowsOf({ table, relation, alias }: InspectedTable, types: SlotTypes, slots: Rule['slots']): string {
  return `SELECT key, source, row_id, allowed FROM (
      SELECT CASE WHEN (${table.activeWhen}) THEN (${table.key})::${types.key} END AS key,
             ${quoteText(table.as)}::text COLLATE "C" AS source, (${table.id})::${types.rowId} AS row_id,
             (${String(slots)})::integer AS allowed
        FROM ${relation} AS ${alias} WHERE ${table.activeWhen}) AS candidate WHERE key IS NOT NULL`;
}

/**
 * Keys with more active rows than their number.
 *
 * @param rows a query with the columns `key`, `source`, `row_id` and `allowed`
 */
export function violationsQuery(rows: string, { rowId }: SlotTypes): string {
  // An id beyond what JSON can count is text, as drivers give it.
  const id = /^(smallint|integer)$/.test(rowId) ? 'row_id' : 'row_id::text';
  return `SELECT key::text AS key,
            pg_catalog.json_agg(pg_catalog.json_build_object('table', source, 'id', ${id}) ORDER BY source, row_id) AS rows
       FROM (${rows}) AS active
      GROUP BY active.key HAVING pg_catalog.count(*) > coalesce(pg_catalog.max(allowed), 0) ORDER BY active.key`;
}
