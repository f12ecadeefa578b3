import { setTimeout as pause } from 'node:timers/promises';

import { readKeys } from '../observe/end-state.ts';
import { nowMs } from '../site/run-clock.ts';
import type { Site } from '../site/site.interface.ts';

/** Half as long again as the pause between two comparisons of keys and rows, which is 10 s here. */
export const QUIET_LIMIT_MS = 15_000;

/** What keeps an event from being delivered: its next turn, and who holds it. */
const UNDELIVERED = `
  SELECT id, kind, type, attempts, round(extract(epoch FROM available_at - clock_timestamp())) AS "dueInSeconds", claimed_by AS "claimedBy",
         (SELECT string_agg(concat_ws(' ', state, wait_event, left(query, 80)), '; ') FROM pg_stat_activity
           WHERE backend_xid IS NOT NULL OR state = 'idle in transaction') AS transactions
    FROM customer_broadcast_outbox WHERE delivered_at IS NULL LIMIT 5`;
const LOOK_EVERY_MS = 250;
const QUIET_STATUSES = ['active', 'partially_filled'];

/**
 * Stops the clock for what is on the air, so that nothing changes under its reader, and waits until the events are
 * delivered and the keys are those of the rows: for as long as fewer and fewer are not, and then for the limit. What is not
 * as it should be then is for the checkers to say.
 */
export async function settle(site: Site, limitMs: number, onProgress: (line: string) => void): Promise<void> {
  for (const table of ['bookings', 'orders']) {
    await site.query(
      `UPDATE ${table} SET expires_at = expires_at + interval '10 minutes'
        WHERE active_customer_id IS NOT NULL AND expires_at > clock_timestamp()`,
    );
  }
  let least = Infinity;
  let giveUpAtMs = nowMs() + limitMs;
  for (;;) {
    const unsettled = await countUnsettled(site).catch(() => Infinity); // a store does not answer yet
    if (unsettled === 0) return;
    if (unsettled < least) {
      least = unsettled;
      giveUpAtMs = nowMs() + limitMs;
    }
    if (nowMs() > giveUpAtMs) break;
    await pause(LOOK_EVERY_MS);
  }
  for (const row of await site.query(UNDELIVERED)) onProgress(`undelivered: ${JSON.stringify(row)}`);
}

/** Events that are not delivered, broadcasts that are not dispatched, and keys that are not those of the rows. */
async function countUnsettled(site: Site): Promise<number> {
  const [outbox] = await site.query<{ waiting: number }>(
    'SELECT count(*)::integer AS waiting FROM customer_broadcast_outbox WHERE delivered_at IS NULL',
  );
  const active = await site.query<{ customer_id: string; kind: string; id: string; status: string }>(
    'SELECT customer_id, kind, id, status FROM active_broadcasts',
  );
  const keys = await readKeys(site.key.url);
  const wrong = active.filter(
    ({ customer_id, kind, id, status }) =>
      !QUIET_STATUSES.includes(status) || keys[customer_id] !== `${kind}:${id}`,
  );
  const customers = new Set(active.map(({ customer_id }) => customer_id));
  const orphaned = Object.keys(keys).filter((customerId) => !customers.has(customerId));
  return outbox!.waiting + wrong.length + orphaned.length;
}
