import { quoteBody, quoteName, quoteText } from '../quote.ts';
import type { TriggerEvent } from './rule-names.ts';
import { closeGate, SLOT_SETTINGS, takeOnly } from './take.sql.ts';
import type { TriggerContext } from './trigger-context.interface.ts';

/**
 * The functions of a table with a proof: they look at all rows of a statement at once, which is several times cheaper for
 * many rows, and take slots in the order of the keys, so that two statements over the same keys do not deadlock. Row triggers
 * of others that change a row again fire before them; what they would miss then, the foreign key refuses.
 */
export function statementFunctions(context: TriggerContext): readonly string[] {
  const { names, table } = context;
  const source = quoteText(table.as);
  const rows = (of: 'old_rows' | 'new_rows'): string => selectRows(context, of);
  // One by one: the plan of a join, kept from a time when the slots were few, reads all of them.
  const free = (freed: string): string =>
    `FOR one IN ${freed} ORDER BY 1 LOOP
      DELETE FROM ${names.slots} s WHERE s.key = one.key AND s.source = ${source} AND s.row_id = one.row_id;${closeGate(context.rule, names, 'one.key')}
    END LOOP;`;
  return [
    define(context, 'insert', take(context, 'new_rows', false)),
    define(
      context,
      'update',
      `${free(`${rows('old_rows')} EXCEPT ${rows('new_rows')}`)}
      ${take(context, 'new_rows', true)}`,
    ),
    define(context, 'delete', free(rows('old_rows'))),
  ];
}

function define({ names, table, searchPath }: TriggerContext, event: TriggerEvent, body: string): string {
  return `CREATE OR REPLACE FUNCTION ${names.triggerFunction(table.as, event)}() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = ${searchPath} ${SLOT_SETTINGS} AS ${quoteBody(`
  ${event === 'delete' ? '' : '#variable_conflict use_column'}
  DECLARE one record;
  BEGIN
    ${body}
    RETURN NULL;
  END`)}`;
}

/** The slots that the rows of a transition table are worth. */
function selectRows({ table }: TriggerContext, of: 'old_rows' | 'new_rows'): string {
  const key = quoteName(table.proof?.key ?? '');
  return `SELECT ${of}.${key} AS key, ${of}.${table.id} AS row_id FROM ${of} WHERE ${of}.${key} IS NOT NULL`;
}

function take(context: TriggerContext, of: 'new_rows', isUpdate: boolean): string {
  const { rule, names, table, mode, alias } = context;
  const before = isUpdate ? ` EXCEPT ${selectRows(context, 'old_rows')}` : '';
  if (mode === 'enforce' && rule.slots === 1)
    return `${takeOnly(names, table.as, `${selectRows(context, of)}${before} ORDER BY 1`)};`;
  const allowed = typeof rule.slots === 'number' ? String(rule.slots) : `(${rule.slots})::integer`;
  const key = quoteName(table.proof?.key ?? '');
  return `FOR one IN
      SELECT wanted.key, wanted.row_id, numbers.allowed
        FROM (${selectRows(context, of)}${before}) wanted
        JOIN (SELECT ${key} AS key, ${table.id} AS row_id, ${allowed} AS allowed FROM ${of} AS ${alias}) numbers USING (key, row_id)
       ORDER BY 1
    LOOP
      PERFORM ${mode === 'enforce' ? names.take : names.record}(one.key, one.allowed, ${quoteText(table.as)}, one.row_id);
    END LOOP;`;
}
