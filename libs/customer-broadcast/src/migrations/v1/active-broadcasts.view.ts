import type { QueryRunner } from 'typeorm';
import { type InstalledKindRow, listInstalledKinds, RULE_NAME } from '../installed-kinds.ts';

const SLOTS = `single_active."${RULE_NAME}"`;
const COLUMNS = 'kind, id, customer_id, status, expires_at, created_at, route';

/**
 * Makes anew, from the registered kinds, what spans all of them: the views `active_broadcasts` and `customer_broadcast_slots`,
 * and the functions that end whatever of a customer is overdue, or active. All are static SQL, so that a session can keep
 * their plans. They are dropped and made in one transaction where a kind changes the type of an id.
 */
export async function rebuildActiveBroadcasts(queryRunner: QueryRunner): Promise<void> {
  const kinds = await listInstalledKinds(queryRunner);
  const schema = await currentSchema(queryRunner);
  if (kinds.length > 0) {
    await queryRunner.query(`CREATE OR REPLACE VIEW customer_broadcast_slots AS
      SELECT key AS customer_id, source AS kind, row_id AS broadcast_id, taken_at FROM ${SLOTS}`);
  }
  await queryRunner.query(`CREATE OR REPLACE VIEW active_broadcasts AS ${activeBroadcasts(kinds)}`);
  await queryRunner.query(expireFunction(schema, kinds));
  await queryRunner.query(cancelFunction(schema, kinds));
}

/** What depends on the slots, which go with the last kind. */
export async function dropSlotsView(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query('DROP VIEW IF EXISTS customer_broadcast_slots');
}

export const DROP_ACTIVE_BROADCASTS = [
  'DROP VIEW active_broadcasts',
  'DROP FUNCTION expire_overdue_broadcasts(text, jsonb), cancel_active_broadcasts(text, jsonb)',
] as const;

function activeBroadcasts(kinds: readonly InstalledKindRow[]): string {
  if (kinds.length === 0) {
    return `SELECT '' COLLATE "C" AS kind, NULL::uuid AS id, '' COLLATE "C" AS customer_id, '' COLLATE "C" AS status,
              now() AS expires_at, now() AS created_at, ''::text AS route WHERE false`;
  }
  const selects = kinds.map(({ name, table, route, life }) =>
    life
      ? `SELECT kind, id, active_customer_id AS customer_id, status, expires_at, created_at, '${route}'::text AS route
           FROM ${table} WHERE active_customer_id IS NOT NULL`
      : `SELECT source, row_id, key, NULL::text COLLATE "C", NULL::timestamptz, taken_at, '${route}'::text
           FROM ${SLOTS} WHERE source = '${name}'`,
  );
  return `SELECT ${COLUMNS} FROM (${selects.join('\nUNION ALL\n')}) AS of_all (${COLUMNS})`;
}

/**
 * `enable_seqscan`: a session keeps a function's plans, however small the tables were at its first call.
 * SECURITY DEFINER: a create in one service may meet an overdue broadcast whose table it has no right on.
 */
function expireFunction(schema: string, kinds: readonly InstalledKindRow[]): string {
  const updates = kinds.flatMap(({ table, life }) =>
    life?.expired
      ? [
          `UPDATE ${table} SET status = '${life.expired}', transition = who
            WHERE active_customer_id = customer AND expires_at <= clock_timestamp();`,
        ]
      : [],
  );
  return `CREATE OR REPLACE FUNCTION expire_overdue_broadcasts(customer text, who jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp SET enable_seqscan = off AS $$
    BEGIN
      ${updates.join('\n')}
    END $$`;
}

/**
 * For a create that replaces a broadcast of another service; SECURITY DEFINER for the same reason. One at a time for a
 * customer: two would free and take the slot and the unique index of a table in different orders, and deadlock.
 */
function cancelFunction(schema: string, kinds: readonly InstalledKindRow[]): string {
  const updates = kinds.flatMap(({ table, life }) =>
    life
      ? [
          `RETURN QUERY UPDATE ${table} t SET status = '${life.cancelled}', transition = who
            WHERE t.active_customer_id = customer RETURNING t.kind, t.id;`,
        ]
      : [],
  );
  return `CREATE OR REPLACE FUNCTION cancel_active_broadcasts(customer text, who jsonb)
    RETURNS TABLE (cancelled_kind text, cancelled_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp SET enable_seqscan = off AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('customer-broadcast:replace:' || customer, 0));
      ${updates.join('\n')}
    END $$`;
}

/** The schema in which the migrations run, quoted; functions pin it, so that a caller's path cannot redirect them. */
export async function currentSchema(queryRunner: QueryRunner): Promise<string> {
  const [row] = (await queryRunner.query('SELECT quote_ident(current_schema()) AS schema')) as [
    { schema: string },
  ];
  return row.schema;
}
