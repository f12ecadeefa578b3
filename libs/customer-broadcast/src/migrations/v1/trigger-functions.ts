/**
 * The functions that write history and events of a kind with a life of its own. They are SECURITY DEFINER, so that a writer
 * needs rights on its own table only, and pin their search path. Frozen at the release of version 1.
 *
 * @param schema where the tables are, quoted
 */
export function triggerFunctions(schema: string): readonly string[] {
  const head = (name: string): string => `CREATE FUNCTION ${name}() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$`;
  return [
    // Not SECURITY DEFINER: session_user is wanted, and it touches no table.
    `CREATE FUNCTION customer_broadcast_stamp() RETURNS trigger
     LANGUAGE plpgsql SET search_path = ${schema}, pg_temp AS $$
     BEGIN
       IF NEW.status IS DISTINCT FROM OLD.status THEN
         NEW.state_changed_at := clock_timestamp();
         NEW.state_changed_by := coalesce(NEW.transition ->> 'by', 'sql:' || session_user);
         NEW.state_reason := NEW.transition ->> 'reason';
       END IF;
       NEW.transition := NULL;
       RETURN NEW;
     END $$`,

    `${head('customer_broadcast_after_insert')}
     BEGIN
       INSERT INTO customer_broadcast_transitions
         (kind, broadcast_id, customer_id, from_status, to_status, changed_at, changed_by, reason)
       SELECT kind, id, customer_id, NULL, status, state_changed_at,
              coalesce(state_changed_by, 'sql:' || session_user), state_reason
         FROM new_rows;
       INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
       SELECT 'opened', kind, id, customer_id, status, state_changed_at FROM new_rows
        WHERE active_customer_id IS NOT NULL;
       RETURN NULL;
     END $$`,

    // Old and new rows are paired by GROUP BY and not by a join: a plan kept from a one-row update would be a nested
    // loop over both, and a batch of thousands would pay for it.
    `${head('customer_broadcast_after_update')}
     BEGIN
       IF NOT EXISTS (SELECT id, customer_id, status FROM new_rows
                      EXCEPT SELECT id, customer_id, status FROM old_rows) THEN
         RETURN NULL;
       END IF;
       WITH versions AS (
         SELECT true AS is_new, id, kind, customer_id, status, active_customer_id, state_changed_at, state_changed_by,
                state_reason FROM new_rows
         UNION ALL
         SELECT false, id, kind, customer_id, status, active_customer_id, NULL, NULL, NULL FROM old_rows
       ), changed AS (
         SELECT id, kind,
                max(customer_id) FILTER (WHERE is_new) AS customer_id,
                max(status) FILTER (WHERE NOT is_new) AS from_status,
                max(status) FILTER (WHERE is_new) AS to_status,
                bool_or(active_customer_id IS NOT NULL) FILTER (WHERE NOT is_new) AS was_active,
                bool_or(active_customer_id IS NOT NULL) FILTER (WHERE is_new) AS is_active,
                max(state_changed_at) AS changed_at, max(state_changed_by) AS changed_by, max(state_reason) AS reason
           FROM versions GROUP BY id, kind
       ), moved AS (
         SELECT * FROM changed
          WHERE from_status IS NOT NULL AND to_status IS NOT NULL AND from_status IS DISTINCT FROM to_status
       ), history AS (
         INSERT INTO customer_broadcast_transitions
           (kind, broadcast_id, customer_id, from_status, to_status, changed_at, changed_by, reason)
         SELECT kind, id, customer_id, from_status, to_status, changed_at, changed_by, reason FROM moved
       )
       INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
       SELECT CASE WHEN is_active THEN 'opened' ELSE 'terminal' END, kind, id, customer_id, to_status, changed_at
         FROM moved WHERE was_active IS DISTINCT FROM is_active;
       RETURN NULL;
     END $$`,

    // The argument is the status that the kind has for "cancelled".
    `${head('customer_broadcast_after_delete')}
     BEGIN
       INSERT INTO customer_broadcast_outbox (type, kind, broadcast_id, customer_id, status, occurred_at)
       SELECT 'terminal', kind, id, customer_id, TG_ARGV[0], clock_timestamp() FROM old_rows
        WHERE active_customer_id IS NOT NULL;
       RETURN NULL;
     END $$`,

    // Firing needs no right, CREATE TRIGGER does: a role that has it could hang these on a table of its own, a temporary
    // one, and forge history and events with the owner's rights.
    `REVOKE EXECUTE ON FUNCTION customer_broadcast_after_insert(), customer_broadcast_after_update(),
       customer_broadcast_after_delete() FROM PUBLIC`,
  ];
}

export const DROP_TRIGGER_FUNCTIONS = `DROP FUNCTION customer_broadcast_stamp(), customer_broadcast_after_insert(),
  customer_broadcast_after_update(), customer_broadcast_after_delete()`;

/**
 * The triggers that call them. ENABLE ALWAYS: `session_replication_role = replica` would otherwise pass history and events by.
 *
 * @param table quoted where it must be
 * @param cancelled the status that an event names when the row of an active broadcast is deleted
 */
export function triggersOf(table: string, cancelled: string): readonly string[] {
  return [
    `CREATE TRIGGER customer_broadcast_stamp BEFORE UPDATE ON ${table} FOR EACH ROW
       WHEN (OLD.status IS DISTINCT FROM NEW.status OR NEW.transition IS NOT NULL)
       EXECUTE FUNCTION customer_broadcast_stamp()`,
    `CREATE TRIGGER customer_broadcast_insert AFTER INSERT ON ${table} REFERENCING NEW TABLE AS new_rows
       FOR EACH STATEMENT EXECUTE FUNCTION customer_broadcast_after_insert()`,
    `CREATE TRIGGER customer_broadcast_update AFTER UPDATE ON ${table}
       REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
       FOR EACH STATEMENT EXECUTE FUNCTION customer_broadcast_after_update()`,
    `CREATE TRIGGER customer_broadcast_delete AFTER DELETE ON ${table} REFERENCING OLD TABLE AS old_rows
       FOR EACH STATEMENT EXECUTE FUNCTION customer_broadcast_after_delete('${cancelled}')`,
    ...TRIGGER_NAMES.map((trigger) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`),
  ];
}

export const TRIGGER_NAMES = [
  'customer_broadcast_stamp',
  'customer_broadcast_insert',
  'customer_broadcast_update',
  'customer_broadcast_delete',
] as const;
