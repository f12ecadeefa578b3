import { quoteBody, quoteText } from '../quote.ts';
import { settingsOfExpressions } from './expression-settings.sql.ts';
import { closeGate, SLOT_SETTINGS, takeOnly } from './take.sql.ts';
import type { TriggerContext } from './trigger-context.interface.ts';

/**
 * The function of a table that is left as it is: it looks at one version of a row after the other. One function for each
 * table, so that its plans are those of this table. A key is NULL where the row is not active.
 *
 * `use_column`: a name in an expression is a column of the row, whatever the variables are called.
 */
export function rowFunction(context: TriggerContext): string {
  const { names, table, types, mode, rule } = context;
  const source = quoteText(table.as);
  return `CREATE OR REPLACE FUNCTION ${names.triggerFunction(table.as, 'row')}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER ${settingsOfExpressions(context.searchPath)} SET row_security = on ${SLOT_SETTINGS} AS ${quoteBody(`
  #variable_conflict use_column
  DECLARE
    old_key ${types.key}; old_id ${types.rowId}; new_key ${types.key}; new_id ${types.rowId}; new_slots integer;
  BEGIN
    IF TG_OP <> 'INSERT' THEN
      ${readRow(context, 'OLD')}
    END IF;
    IF TG_OP <> 'DELETE' THEN
      ${readRow(context, 'NEW')}
    END IF;
    IF old_key = new_key THEN
      IF new_id <> old_id THEN
        UPDATE ${names.slots} s SET row_id = new_id WHERE s.key = old_key AND s.source = ${source} AND s.row_id = old_id;
      END IF;
      RETURN NULL;
    END IF;
    IF old_key IS NOT NULL THEN
      DELETE FROM ${names.slots} s WHERE s.key = old_key AND s.source = ${source} AND s.row_id = old_id;
      ${closeGate(rule, names, 'old_key')}
    END IF;
    IF new_key IS NOT NULL THEN
      ${take(context, mode)}
    END IF;
    RETURN NULL;
  END`)}`;
}

/**
 * The CTE is never run. It makes the plan depend on the table: after an ALTER TABLE a session plans it anew, instead of
 * reading a row by the columns that it had before. `NEW.*` alone, because a partition may have its columns in another order.
 */
function readRow({ rule, table, types, relation, alias }: TriggerContext, version: 'OLD' | 'NEW'): string {
  const prefix = version.toLowerCase();
  const hasNumber = version === 'NEW' && typeof rule.slots === 'string';
  return `WITH planned_for AS (SELECT FROM ${relation} WHERE false)
        SELECT CASE WHEN (${table.activeWhen}) THEN (${table.key})::${types.key} END, (${table.id})::${types.rowId}${hasNumber ? `, (${rule.slots})::integer` : ''}
          INTO ${prefix}_key, ${prefix}_id${hasNumber ? ', new_slots' : ''} FROM (SELECT ${version}.*) AS ${alias};`;
}

function take({ rule, names, table }: TriggerContext, mode: TriggerContext['mode']): string {
  if (mode === 'enforce' && rule.slots === 1)
    return `${takeOnly(names, table.as, 'SELECT new_key AS key, new_id AS row_id')};`;
  const allowed = typeof rule.slots === 'number' ? String(rule.slots) : 'new_slots';
  return `PERFORM ${mode === 'enforce' ? names.take : names.record}(new_key, ${allowed}, ${quoteText(table.as)}, new_id);`;
}

/** TRUNCATE fires no row trigger. Of a partition, the slots of the rows that are still there stay. */
export function truncateFunction(context: TriggerContext): string {
  const { names, table, types, relation, alias, isPartitioned } = context;
  const left = `NOT EXISTS (SELECT FROM (SELECT (${table.key})::${types.key} AS key, (${table.id})::${types.rowId} AS row_id
        FROM ${relation} AS ${alias} WHERE ${table.activeWhen}) alive WHERE alive.key = s.key AND alive.row_id = s.row_id)`;
  return `CREATE OR REPLACE FUNCTION ${names.triggerFunction(table.as, 'truncate')}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER ${settingsOfExpressions(context.searchPath)} SET row_security = on AS ${quoteBody(`
  BEGIN
    DELETE FROM ${names.slots} s WHERE s.source = ${quoteText(table.as)}${isPartitioned ? ` AND ${left}` : ''};
    RETURN NULL;
  END`)}`;
}
