import { waitFor } from '../../test/support/wait.ts';
import { readKeys } from '../observe/end-state.ts';
import type { Site } from '../site/site.interface.ts';

/** Half as long again as the pause between two comparisons of keys and rows, which is 10 s here. */
export const QUIET_LIMIT_MS = 15_000;

/** What keeps an event from being delivered: its next turn, and who holds it. */
const UNDELIVERED = `
  SELECT id, kind, type, attempts, round(extract(epoch FROM available_at - clock_timestamp())) AS "dueInSeconds", claimed_by AS "claimedBy",
         (SELECT string_agg(concat_ws(' ', state, wait_event, left(query, 80)), '; ') FROM pg_stat_activity
           WHERE backend_xid IS NOT NULL OR state = 'idle in transaction') AS transactions
    FROM customer_broadcast_outbox WHERE delivered_at IS NULL LIMIT 5`;
const QUIET_STATUSES = ['active', 'partially_filled'];

/**
 * Stops the clock for what is on the air, so that nothing changes under whoever reads it, and waits until the events are
 * delivered and the keys are those of the rows, or for as long as that may take. What is not as it should be then is for the
 * checkers to say.
 */
export async function settle(site: Site, limitMs: number, onProgress: (line: string) => void): Promise<void> {
  for (const table of ['bookings', 'orders']) {
    await site.query(
      `UPDATE ${table} SET expires_at = expires_at + interval '10 minutes'
        WHERE active_customer_id IS NOT NULL AND expires_at > clock_timestamp()`,
    );
  }
  const isQuiet = async (): Promise<boolean> => {
    const [outbox] = await site.query<{ waiting: number }>(
      'SELECT count(*)::integer AS waiting FROM customer_broadcast_outbox WHERE delivered_at IS NULL',
    );
    const active = await site.query<{ customer_id: string; kind: string; id: string; status: string }>(
      'SELECT customer_id, kind, id, status FROM active_broadcasts',
    );
    const keys = await readKeys(site.key.url);
    return (
      outbox!.waiting === 0 &&
      active.length === Object.keys(keys).length &&
      active.every(({ status }) => QUIET_STATUSES.includes(status)) &&
      active.every(({ customer_id, kind, id }) => keys[customer_id] === `${kind}:${id}`)
    );
  };
  await waitFor(isQuiet, { timeoutMs: limitMs, intervalMs: 250, describe: 'quiet' }).catch(async () => {
    for (const row of await site.query(UNDELIVERED)) onProgress(`undelivered: ${JSON.stringify(row)}`);
  });
}
