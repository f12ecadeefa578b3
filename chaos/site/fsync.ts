import type pg from 'pg';

/**
 * Whether Postgres waits for its disk, from now on and after a restart. In the file and not on the command line, which
 * nothing could overrule while it runs.
 */
export async function switchFsync(pool: pg.Pool, to: 'on' | 'off'): Promise<void> {
  await pool.query(`ALTER SYSTEM SET fsync = ${to}`);
  await pool.query('SELECT pg_reload_conf()');
}
