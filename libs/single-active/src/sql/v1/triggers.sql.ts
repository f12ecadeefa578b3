import { quoteName } from '../quote.ts';
import type { TriggerEvent } from './rule-names.ts';
import { rowFunction, truncateFunction } from './row-triggers.sql.ts';
import { statementFunctions } from './statement-triggers.sql.ts';
import type { TriggerContext } from './trigger-context.interface.ts';

/** Whether it is looked at statement by statement. A write straight into a partition fires no statement trigger of its parent. */
export function isByStatement({
  table,
  isPartitioned,
}: Pick<TriggerContext, 'table' | 'isPartitioned'>): boolean {
  return table.proof !== undefined && !isPartitioned;
}

export function eventsOf(context: Pick<TriggerContext, 'table' | 'isPartitioned'>): readonly TriggerEvent[] {
  return isByStatement(context) ? ['insert', 'update', 'delete', 'truncate'] : ['row', 'truncate'];
}

/**
 * All functions of a table. Nothing but the rule's triggers may call them: they write with the installer's rights. Postgres asks
 * the owner of a table for the right when a partition is made.
 */
export function triggerFunctions(context: TriggerContext): readonly string[] {
  const functions = isByStatement(context) ? statementFunctions(context) : [rowFunction(context)];
  const names = eventsOf(context).map(
    (event) => `${context.names.triggerFunction(context.table.as, event)}()`,
  );
  return [
    ...functions,
    truncateFunction(context),
    `REVOKE EXECUTE ON FUNCTION ${names.join(', ')} FROM PUBLIC`,
    `GRANT EXECUTE ON FUNCTION ${names.join(', ')} TO ${quoteName(context.owner)}`,
  ];
}

const WHEN: Readonly<Record<TriggerEvent, string>> = {
  row: 'AFTER INSERT OR UPDATE OR DELETE',
  insert: 'AFTER INSERT',
  update: 'AFTER UPDATE',
  delete: 'AFTER DELETE',
  truncate: 'AFTER TRUNCATE',
};

const REFERENCING: Readonly<Record<TriggerEvent, string>> = {
  row: '',
  insert: 'REFERENCING NEW TABLE AS new_rows',
  update: 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows',
  delete: 'REFERENCING OLD TABLE AS old_rows',
  truncate: '',
};

/**
 * Makes a trigger, or makes it anew. ENABLE ALWAYS: `session_replication_role = replica` would otherwise pass the rule by.
 *
 * @param relation the table, or for TRUNCATE one of its partitions
 */
export function triggerStatements(
  context: TriggerContext,
  event: TriggerEvent,
  relation: string,
): readonly string[] {
  const name = quoteName(context.names.trigger(event));
  const each = event === 'row' ? 'ROW' : 'STATEMENT';
  return [
    `CREATE OR REPLACE TRIGGER ${name} ${WHEN[event]} ON ${relation} ${REFERENCING[event]}
       FOR EACH ${each} EXECUTE FUNCTION ${context.names.triggerFunction(context.table.as, event)}()`,
    `ALTER TABLE ${relation} ENABLE ALWAYS TRIGGER ${name}`,
  ];
}
