import type { Rule } from '../rule.ts';
import { quoteText } from '../sql/quote.ts';
import type { SlotTypes } from '../sql/v1/schema.sql.ts';
import type { InspectedTable, Inspection } from './inspect.ts';

/** The active rows of one table, as slots have them. */
export function activeRows({ table, relation, alias }: InspectedTable, types: SlotTypes, more = ''): string {
  return `SELECT (${table.key})::${types.key} AS key, ${quoteText(table.as)}::text COLLATE "C" AS source,
            (${table.id})::${types.rowId} AS row_id${more}
       FROM ${relation} AS ${alias} WHERE (${table.activeWhen}) AND (${table.key}) IS NOT NULL`;
}

/** Keys with more active rows than their number, from the tables as they are. */
export function violationsQuery(rule: Rule, { tables, types }: Inspection): string {
  const allowed = `, (${String(rule.slots)})::integer AS allowed`;
  const rows = tables.map((table) => activeRows(table, types, allowed));
  // An id beyond what JSON can count is text, as drivers give it.
  const id = /^(smallint|integer)$/.test(types.rowId) ? 'row_id' : 'row_id::text';
  return `SELECT key::text AS key,
            pg_catalog.json_agg(pg_catalog.json_build_object('table', source, 'id', ${id}) ORDER BY source, row_id) AS rows
       FROM (${rows.join('\nUNION ALL\n')}) AS active
      GROUP BY active.key HAVING pg_catalog.count(*) > coalesce(pg_catalog.max(allowed), 0) ORDER BY active.key`;
}
