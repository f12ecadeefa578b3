import { waitFor } from '../../test/support/wait.ts';
import { readKeys } from '../observe/end-state.ts';
import type { Site } from '../site/site.interface.ts';

/** A little more than the pause between two comparisons of keys and rows, which is 30 s. */
const LIMIT_MS = 35_000;

/**
 * Waits until the events are delivered and the keys are those of the rows, or for as long as that may take. What is not as it
 * should be then is for the checkers to say.
 */
export async function settle(site: Site): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    const [outbox] = await site.query<{ waiting: number }>(
      'SELECT count(*)::integer AS waiting FROM customer_broadcast_outbox WHERE delivered_at IS NULL',
    );
    const active = await site.query<{ customer_id: string; kind: string; id: string }>(
      'SELECT customer_id, kind, id FROM active_broadcasts',
    );
    const keys = await readKeys(site.key.url);
    return (
      outbox!.waiting === 0 &&
      active.length === Object.keys(keys).length &&
      active.every(({ customer_id, kind, id }) => keys[customer_id] === `${kind}:${id}`)
    );
  };
  await waitFor(isQuiet, { timeoutMs: LIMIT_MS, intervalMs: 250, describe: 'quiet' }).catch(() => undefined);
}
