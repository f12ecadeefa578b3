import { BroadcastOutcomeUnknownException } from '@app/customer-broadcast';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Actor } from '../support/api-client.ts';
import { type BroadcastCaller, startCaller } from '../support/broadcast-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { holdWriters } from '../support/hold.ts';
import { KINDS, newName, replicasOf, TABLES, validBody } from '../support/requests.ts';
import { listRows } from '../support/rows.ts';
import { waitFor } from '../support/wait.ts';

/** The create lock of a replica that died stands in the way for 10 s. */
const LOCK_LIMIT_MS = 15_000;

describe.each(KINDS)('P11: the caller of a create of a %s whose replica is killed', (kind) => {
  let cluster: Cluster;
  let caller: BroadcastCaller;

  beforeAll(async () => {
    cluster = await startCluster(kind === 'booking' ? { orders: 0 } : { bookings: 0 });
    caller = await startCaller(cluster, { timeoutMs: 1_000 });
  });

  afterAll(async () => {
    await caller.stop();
    await cluster.stop();
  });

  it('repeats it with the same key through another replica, and there is one row', async () => {
    const customer: Actor = { sub: newName('customer'), role: 'customer' };
    const [victim] = replicasOf(cluster, kind);
    const hold = await holdWriters(cluster.database, { table: TABLES[kind], on: 'INSERT', at: 'statement' });
    const call = caller.kinds[kind].create(customer, validBody(kind)).catch((error: unknown) => error);
    await hold.reached();
    await victim!.kill();
    const failure = await call;
    expect(failure).toBeInstanceOf(BroadcastOutcomeUnknownException);
    const { idempotencyKey } = failure as BroadcastOutcomeUnknownException;
    expect(idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    // What its session had begun goes with it.
    await hold.terminate();
    await hold.release();

    await cluster.add(`${kind}-service`);
    const created = await waitFor(
      () => caller.kinds[kind].create(customer, validBody(kind), { idempotencyKey: idempotencyKey! }),
      { timeoutMs: LOCK_LIMIT_MS, describe: 'the repetition to succeed' },
    );
    expect(await listRows(cluster.database, customer.sub)).toMatchObject([{ kind, id: created.id }]);
  });
});

describe.each(KINDS)('P11: the caller of a create of a %s whose answer was lost', (kind) => {
  let cluster: Cluster;
  let caller: BroadcastCaller;

  beforeAll(async () => {
    cluster = await startCluster(
      kind === 'booking' ? { bookings: 2, orders: 0 } : { bookings: 0, orders: 2 },
    );
    caller = await startCaller(cluster, { timeoutMs: 1_500, retries: 0 });
  });

  afterAll(async () => {
    await caller.stop();
    await cluster.stop();
  });

  it('gets the first answer when it repeats it with the same key', async () => {
    const customer: Actor = { sub: newName('customer'), role: 'customer' };
    const requests = caller.kinds[kind];
    const hold = await holdWriters(cluster.database, { table: TABLES[kind], on: 'INSERT', at: 'commit' });
    const failure = await requests.create(customer, validBody(kind)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BroadcastOutcomeUnknownException);
    await hold.reached();
    await hold.release(); // it commits, and its answer has no reader
    const [row] = await waitFor(async () => {
      const rows = await listRows(cluster.database, customer.sub);
      return rows.length > 0 && rows;
    });
    const { idempotencyKey = '' } = failure as BroadcastOutcomeUnknownException;
    // Until the replica has finished, it is IDEMPOTENCY_IN_PROGRESS.
    const replayed = await waitFor(() => requests.create(customer, validBody(kind), { idempotencyKey }));
    expect(replayed).toMatchObject({ id: row!.id, customerId: customer.sub });
    expect(await requests.create(customer, validBody(kind), { idempotencyKey })).toEqual(replayed);
    expect(await listRows(cluster.database, customer.sub)).toHaveLength(1);
  });
});
