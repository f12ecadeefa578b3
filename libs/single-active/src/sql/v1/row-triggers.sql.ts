import { quoteBody, quoteText } from '../quote.ts';
import { SLOT_SETTINGS, takeOnly } from './take.sql.ts';
import type { TriggerContext } from './trigger-context.interface.ts';

/**
 * The function of a table that is left as it is: it looks at one version of a row after the other. One function for each
 * table, so that its plans are those of this table.
 */
export function rowFunction(context: TriggerContext): string {
  const { names, table, types, mode, rule } = context;
  const source = quoteText(table.as);
  const slots = typeof rule.slots === 'number' ? '' : ', new_slots integer';
  return `CREATE OR REPLACE FUNCTION ${names.triggerFunction(table.as, 'row')}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = ${context.searchPath} ${SLOT_SETTINGS} AS ${quoteBody(`
  #variable_conflict use_column
  DECLARE
    old_key ${types.key}; old_id ${types.rowId}; old_active boolean := false;
    new_key ${types.key}; new_id ${types.rowId}; new_active boolean := false${slots};
  BEGIN
    IF TG_OP <> 'INSERT' THEN
      ${evaluate(context, 'OLD', 'old_key, old_active, old_id', '')}
      old_active := coalesce(old_active, false) AND old_key IS NOT NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
      ${evaluate(context, 'NEW', `new_key, new_active, new_id${slots && ', new_slots'}`, slots && `, (${String(rule.slots)})::integer`)}
      new_active := coalesce(new_active, false) AND new_key IS NOT NULL;
    END IF;
    IF old_active AND (NOT new_active OR new_key <> old_key) THEN
      DELETE FROM ${names.slots} s WHERE s.key = old_key AND s.source = ${source} AND s.row_id = old_id;
      old_active := false;
    ELSIF old_active AND new_id <> old_id THEN
      UPDATE ${names.slots} s SET row_id = new_id WHERE s.key = old_key AND s.source = ${source} AND s.row_id = old_id;
    END IF;
    IF new_active AND NOT old_active THEN
      ${take(context, mode)}
    END IF;
    RETURN NULL;
  END`)}`;
}

/**
 * The dead branch makes the plan depend on the table: after an ALTER TABLE a session plans it anew, instead of reading a row
 * by the columns that it had before.
 */
function evaluate(context: TriggerContext, version: 'OLD' | 'NEW', into: string, more: string): string {
  const { table, types, relation, alias } = context;
  return `SELECT (${table.key})::${types.key}, (${table.activeWhen}), (${table.id})::${types.rowId}${more} INTO ${into}
        FROM (SELECT ${version}.* UNION ALL SELECT * FROM ${relation} WHERE false) AS ${alias};`;
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
    SECURITY DEFINER SET search_path = ${context.searchPath} AS ${quoteBody(`
  BEGIN
    DELETE FROM ${names.slots} s WHERE s.source = ${quoteText(table.as)}${isPartitioned ? ` AND ${left}` : ''};
    RETURN NULL;
  END`)}`;
}
