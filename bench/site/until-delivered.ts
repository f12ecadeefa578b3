import pg from 'pg';

import { waitFor } from '../../test/support/wait.ts';

const LIMIT_MS = 120_000;

/** Waits for the events of a turn, and the dispatches that follow them. @returns how long that took, seconds */
export async function untilDelivered(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const startedAtMs = performance.now();
  try {
    await waitFor(
      async () => {
        const { rowCount } = await client.query(
          `SELECT 1 FROM bookings WHERE status IN ('created', 'broadcasting') LIMIT 1`,
        );
        return rowCount === 0;
      },
      { timeoutMs: LIMIT_MS, describe: 'every booking to be dispatched' },
    );
    return (performance.now() - startedAtMs) / 1000;
  } finally {
    await client.end();
  }
}
