import { setTimeout as pause } from 'node:timers/promises';

import { type AnswerBody, createApiClient } from '../../test/support/api-client.ts';
import { pathOf, ROUTES, validBody } from '../../test/support/requests.ts';
import type { History } from '../history/operation.interface.ts';
import { KINDS, type Site } from '../site/site.interface.ts';

export type Probe = History['probes'][number];

/** Longer than the lock of a killed process lives. The checker says whether it took too long. */
export const PROBE_LIMIT_MS = 12_000;
const RETRY_MS = 50;
/** At once: enough to be quick with hundreds, too few to be a load. */
const PARALLEL = 16;

/**
 * After healing: frees each customer, by a cancel of whatever is active, and asks for a new broadcast until that is answered
 * with 201 or `limitMs` have passed, 12 s unless told. What was created is cancelled again. Requests go to all replicas in turn; they are not
 * recorded, so collect the end state first.
 *
 * @returns one for each customer, in their order; `status` is the last answer to the create, 0 without one, and that of the
 *   cancel or of `GET /v1/active-broadcast` when the customer could not even be freed
 */
export async function probeCustomers(
  site: Site,
  customers: readonly string[],
  limitMs = PROBE_LIMIT_MS,
): Promise<Probe[]> {
  const probes: Probe[] = [];
  let next = 0;
  const probeNext = async (): Promise<void> => {
    while (next < customers.length) {
      const place = next++;
      probes[place] = await probe(site, customers[place]!, place, limitMs);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, probeNext));
  return probes;
}

async function probe(site: Site, customerId: string, turn: number, limitMs: number): Promise<Probe> {
  const kind = KINDS[turn % KINDS.length]!;
  const replicas = site.replicasOf(kind);
  const { url } = replicas[Math.floor(turn / KINDS.length) % replicas.length]!;
  const api = createApiClient(url, { sub: customerId, role: 'customer' });
  const startedAtMs = performance.now();
  const waited = (): number => performance.now() - startedAtMs;
  for (;;) {
    const status = await tryOnce();
    if (status === 201 || waited() > limitMs) return { customerId, status, waitedMs: waited() };
    await pause(RETRY_MS);
  }

  async function tryOnce(): Promise<number> {
    try {
      const active = await api.get('/v1/active-broadcast');
      if (active.status === 200) {
        // Another kind's broadcast is cancelled at its own service.
        const { kind: other, id } = active.body as AnswerBody & { kind: (typeof KINDS)[number] };
        const owner = createApiClient(site.replicasOf(other)[0]!.url, api.actor);
        const cancelled = await owner.post(pathOf(other, id, 'cancel'));
        if (cancelled.status !== 200) return cancelled.status;
      } else if (active.status !== 204) return active.status;
      const created = await api.post(ROUTES[kind], validBody(kind));
      if (created.status === 201) await api.post(pathOf(kind, created.body.id, 'cancel'));
      return created.status;
    } catch {
      return 0; // no answer
    }
  }
}
