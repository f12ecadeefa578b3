const PRUNED = {
  outbox: 't.delivered_at <= clock_timestamp() - older_than',
  // Never the newest: a live view goes on from it.
  transitions:
    't.changed_at <= clock_timestamp() - older_than AND t.id < (SELECT max(n.id) FROM customer_broadcast_transitions n)',
} as const;

/**
 * The functions by which the relay claims events, and by which what is old is deleted. Frozen at the release of version 1.
 *
 * The claim is made so that Postgres has one way only to carry it out. What it believes of a table that fills and empties all
 * day is often wrong, a plan that was made for an empty table is kept, and each other way reads the whole backlog, or all
 * that was delivered, for a handful of events:
 *
 * - A bitmap reads an entry for each event that was delivered since the last vacuum, each time. A scan in the order of the
 *   index marks such entries and passes them over from then on. Plans are ruled out by the function's own settings.
 * - `OFFSET 0` has the question for an earlier event asked for each candidate, by the index over broadcasts, and not joined.
 * - The array has the candidates found once, whatever is expected of the table that is updated.
 *
 * @param schema where the tables are, quoted
 * @see https://www.postgresql.org/docs/current/indexam.html kill_prior_tuple
 */
export function outboxFunctions(schema: string): readonly string[] {
  return [
    `CREATE FUNCTION claim_customer_broadcast_outbox(kinds text[], token uuid, lease interval, batch integer)
       RETURNS TABLE (id bigint, event_id uuid, type text, kind text, broadcast_id uuid, customer_id text, status text,
                      occurred_at timestamptz)
       LANGUAGE plpgsql SET search_path = ${schema}, pg_temp
       SET enable_bitmapscan = off SET enable_seqscan = off SET enable_sort = off AS $$
     BEGIN
       -- Not waited for by the disk: what a crash takes back is claimed again.
       PERFORM set_config('synchronous_commit', 'off', true);
       RETURN QUERY
         UPDATE customer_broadcast_outbox o
            SET claimed_by = token, available_at = clock_timestamp() + lease, attempts = o.attempts + 1
          WHERE o.id = ANY (ARRAY(
                  SELECT c.id FROM customer_broadcast_outbox c
                   WHERE c.delivered_at IS NULL AND c.available_at <= clock_timestamp() AND c.kind = ANY (kinds)
                     AND NOT EXISTS (SELECT FROM customer_broadcast_outbox earlier
                                      WHERE earlier.broadcast_id = c.broadcast_id AND earlier.id + 0 < c.id
                                        AND coalesce(earlier.delivered_at, 'infinity') = 'infinity' OFFSET 0)
                   ORDER BY c.id + 0 LIMIT batch FOR UPDATE SKIP LOCKED))
         RETURNING o.id, o.event_id, o.type, o.kind, o.broadcast_id, o.customer_id, o.status, o.occurred_at;
     END $$`,
    ...(['outbox', 'transitions'] as const).map((name) => pruneFunction(schema, name)),
    // With the owner's rights they delete: services are granted them by name.
    `REVOKE EXECUTE ON FUNCTION prune_customer_broadcast_outbox(bigint, interval, integer),
       prune_customer_broadcast_transitions(bigint, interval, integer) FROM PUBLIC`,
  ];
}

/**
 * SECURITY DEFINER, so that a service needs no right to delete events or history; it deletes only what is old enough. It looks
 * at the next rows after an id, and returns where it came to: one that began at the first row each time would read again what
 * the ones before it have deleted.
 */
function pruneFunction(schema: string, name: keyof typeof PRUNED): string {
  const table = `customer_broadcast_${name}`;
  return `CREATE FUNCTION prune_${table}(after bigint, older_than interval, batch integer)
    RETURNS TABLE (last_id bigint, deleted integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$
  BEGIN
    IF older_than < interval '1 hour' THEN
      RAISE EXCEPTION 'older_than is %: what is younger than an hour is not pruned', older_than USING ERRCODE = '22023';
    END IF;
    RETURN QUERY
      WITH looked_at AS (
        SELECT t.id, ${PRUNED[name]} AS is_old FROM ${table} t WHERE t.id > after ORDER BY t.id LIMIT batch
      ), gone AS (
        DELETE FROM ${table} t
         USING (SELECT o.id FROM ${table} o JOIN looked_at USING (id) WHERE is_old ORDER BY id FOR UPDATE OF o SKIP LOCKED) old
         WHERE t.id = old.id RETURNING 1)
      SELECT (SELECT max(id) FROM looked_at), (SELECT count(*)::integer FROM gone);
  END $$`;
}

export const DROP_OUTBOX_FUNCTIONS = `DROP FUNCTION claim_customer_broadcast_outbox(text[], uuid, interval, integer),
  prune_customer_broadcast_outbox(bigint, interval, integer),
  prune_customer_broadcast_transitions(bigint, interval, integer)`;
