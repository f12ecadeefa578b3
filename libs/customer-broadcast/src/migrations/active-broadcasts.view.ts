import type { QueryRunner } from 'typeorm';
import { listInstalledKinds } from './installed-kinds.ts';

/**
 * Makes anew, from the registered kinds, what spans all of them: the view `active_broadcasts`, and the functions that end
 * whatever of a customer is overdue, or active. All are static SQL, so their plans can be kept by a session.
 */
export async function rebuildActiveBroadcasts(queryRunner: QueryRunner): Promise<void> {
  const kinds = await listInstalledKinds(queryRunner);
  const schema = await currentSchema(queryRunner);
  const columns = 'kind, id, active_customer_id AS customer_id, status, expires_at, created_at';
  const selects = kinds.map(
    ({ table, route }) =>
      `SELECT ${columns}, '${route}'::text AS route FROM ${table} WHERE active_customer_id IS NOT NULL`,
  );
  const none = `SELECT '' COLLATE "C" AS kind, NULL::uuid AS id, '' COLLATE "C" AS customer_id, '' COLLATE "C" AS status,
    now() AS expires_at, now() AS created_at, ''::text AS route WHERE false`;
  await queryRunner.query(`CREATE OR REPLACE VIEW active_broadcasts AS
    ${selects.length > 0 ? selects.join('\nUNION ALL\n') : none}`);

  const expiries = kinds.map(
    ({ table }) => `
      UPDATE ${table} SET status = 'expired', transition = who
       WHERE active_customer_id = customer AND expires_at <= clock_timestamp();`,
  );
  // SECURITY DEFINER: a create in one service may meet an overdue broadcast whose table it has no right on.
  await queryRunner.query(`
    CREATE OR REPLACE FUNCTION expire_overdue_broadcasts(customer text, who jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$
    BEGIN
      ${expiries.join('')}
    END $$`);

  const cancels = kinds.map(
    ({ table }) => `
      RETURN QUERY UPDATE ${table} t SET status = 'cancelled', transition = who
       WHERE t.active_customer_id = customer RETURNING t.kind, t.id;`,
  );
  // For a create that replaces a broadcast of another service; SECURITY DEFINER for the same reason. One at a time for a
  // customer: two would free and take the slot and the unique index of a table in different orders, and deadlock.
  await queryRunner.query(`
    CREATE OR REPLACE FUNCTION cancel_active_broadcasts(customer text, who jsonb)
    RETURNS TABLE (cancelled_kind text, cancelled_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('customer-broadcast:replace:' || customer, 0));
      ${cancels.join('')}
    END $$`);
}

/** The schema in which the migrations run, quoted; functions pin it, so that a caller's path cannot redirect them. */
export async function currentSchema(queryRunner: QueryRunner): Promise<string> {
  const [row] = (await queryRunner.query('SELECT quote_ident(current_schema()) AS schema')) as [
    { schema: string },
  ];
  return row.schema;
}
