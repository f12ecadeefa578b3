import { randomUUID } from 'node:crypto';

import { createApiClient } from '../../../test/support/api-client.ts';
import { type Customer, customerAt } from '../../../test/support/customer.ts';
import { waitFor } from '../../../test/support/wait.ts';
import type { Replica, Site } from '../../site/site.interface.ts';

const LIMIT_MS = 2000;
const READY_LIMIT_MS = 5000;

/** A customer new to every service, at the process that the replica has now. @throws Error when it has none */
export function newCustomerAt(replica: Replica, sub = `nemesis-${randomUUID()}`): Customer {
  if (!replica.process) throw new Error(`${replica.name} is down.`);
  return customerAt(replica.process, sub);
}

/** Every replica creates and cancels, 2 s from now at the latest. @throws Error with the last answer when one does not */
export async function expectWell({ replicas }: Site): Promise<void> {
  await Promise.all(
    replicas.map((replica) =>
      waitFor(
        async () => {
          const customer = newCustomerAt(replica);
          const created = await customer.create({ timeoutMs: LIMIT_MS });
          if (created.status !== 201)
            throw new Error(`create: ${created.status} ${JSON.stringify(created.body)}`);
          const cancelled = await customer.cancel(created.body.id);
          if (cancelled.status !== 200) throw new Error(`cancel: ${cancelled.status}`);
          return true;
        },
        { timeoutMs: LIMIT_MS, describe: `${replica.name} to create and cancel` },
      ),
    ),
  );
}

/** Every store is there again for every replica: the services do without Redis, so that they work is not enough to know it. */
export async function expectReady({ replicas }: Site): Promise<void> {
  await Promise.all(
    replicas.map(({ name, url }) =>
      waitFor(async () => (await createApiClient(url, null).get('/health/ready')).body.status === 'ok', {
        timeoutMs: READY_LIMIT_MS,
        describe: `${name} to be ready, and not degraded`,
      }),
    ),
  );
}
