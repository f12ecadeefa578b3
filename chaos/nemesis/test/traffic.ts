import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import type { Site } from '../../site/site.interface.ts';
import { newCustomerAt } from './well.ts';

export interface Traffic {
  stop(): Promise<void>;
}

const LANES = 2;
const PAUSE_MS = 20;

/**
 * A little of everything, for faults that need something to hit: customers with a broadcast, and others who create and cancel
 * without a pause. What they are answered does not matter.
 */
export async function startTraffic(site: Site): Promise<Traffic> {
  const stopping = new AbortController();
  const holders = site.replicas.flatMap((replica) => [newCustomerAt(replica), newCustomerAt(replica)]);
  await Promise.all(holders.map((holder) => holder.create()));
  const lanes = site.replicas.flatMap((replica) =>
    Array.from({ length: LANES }, async () => {
      while (!stopping.signal.aborted) {
        try {
          const customer = newCustomerAt(replica);
          const created = await customer.create({
            headers: { 'idempotency-key': randomUUID() },
            timeoutMs: 2000,
          });
          if (created.status === 201) await customer.cancel(created.body.id);
        } catch {
          // That it fails is the fault's doing.
        }
        await wait(PAUSE_MS);
      }
    }),
  );
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(lanes);
    },
  };
}
