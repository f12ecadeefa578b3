import pg from 'pg';
import { install } from 'single-active';

import rule from './single-active.config.mjs';

/** Creates the table and puts the rule on it. Safe to repeat: run it before each start. */
export async function migrate(db) {
  await db.query(`CREATE TABLE IF NOT EXISTS rides (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rider_id text NOT NULL,
    status text NOT NULL DEFAULT 'requested'
  )`);
  await install(db, rule);
}

if (import.meta.filename === process.argv[1]) {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
  await migrate(pool);
  await pool.end();
}
