import pg from 'pg';

/** Tables with the same columns as the product's, the index that lists a customer's rows, and nothing of the guard. */
export async function removeGuard(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const table of ['bookings', 'orders']) {
      await client.query(`
        CREATE TABLE plain_${table} (LIKE ${table} INCLUDING DEFAULTS);
        ALTER TABLE plain_${table} DROP COLUMN kind, DROP COLUMN active_customer_id, DROP COLUMN transition,
          ADD PRIMARY KEY (id);
        CREATE INDEX ON plain_${table} (customer_id, created_at DESC, id DESC);
        DROP TABLE ${table} CASCADE;
        ALTER TABLE plain_${table} RENAME TO ${table}`);
    }
  } finally {
    await client.end();
  }
}
