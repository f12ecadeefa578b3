import type { QueryRunner } from 'typeorm';

interface KindRow {
  readonly name: string;
  readonly table_name: string;
  readonly route: string;
}

/**
 * Makes anew, from the registered kinds, what spans all of them: the view `active_broadcasts`, and the function that
 * expires whatever of a customer is overdue. Both are static SQL, so their plans can be kept by a session.
 */
export async function rebuildActiveBroadcasts(queryRunner: QueryRunner): Promise<void> {
  const kinds = (await queryRunner.query(
    'SELECT name, table_name, route FROM customer_broadcast_kinds ORDER BY name',
  )) as KindRow[];
  const schema = await currentSchema(queryRunner);
  const columns = 'kind, id, active_customer_id AS customer_id, status, expires_at, created_at';
  const selects = kinds.map(
    ({ table_name, route }) =>
      `SELECT ${columns}, '${route}'::text AS route FROM ${table_name} WHERE active_customer_id IS NOT NULL`,
  );
  const none = `SELECT ''::text AS kind, NULL::uuid AS id, ''::text AS customer_id, ''::text AS status,
    now() AS expires_at, now() AS created_at, ''::text AS route WHERE false`;
  await queryRunner.query(`CREATE OR REPLACE VIEW active_broadcasts AS
    ${selects.length > 0 ? selects.join('\nUNION ALL\n') : none}`);

  const expiries = kinds.map(
    ({ table_name }) => `
      UPDATE ${table_name} SET status = 'expired', transition = who
       WHERE active_customer_id = customer AND expires_at <= clock_timestamp();`,
  );
  // SECURITY DEFINER: a create in one service may meet an overdue broadcast whose table it has no right on.
  await queryRunner.query(`
    CREATE OR REPLACE FUNCTION expire_overdue_broadcasts(customer text, who jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$
    BEGIN
      ${expiries.join('')}
    END $$`);
}

/** The schema in which the migrations run, quoted; functions pin it, so that a caller's path cannot redirect them. */
export async function currentSchema(queryRunner: QueryRunner): Promise<string> {
  const [row] = (await queryRunner.query('SELECT quote_ident(current_schema()) AS schema')) as [
    { schema: string },
  ];
  return row.schema;
}
