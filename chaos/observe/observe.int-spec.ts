import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { createApiClient } from '../../test/support/api-client.ts';
import { ROUTES, validBody } from '../../test/support/requests.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Snapshot } from '../history/operation.interface.ts';
import { nowMs } from '../site/run-clock.ts';
import type { Site } from '../site/site.interface.ts';
import { startSite } from '../site/start-site.ts';
import { collectEnd } from './end-state.ts';
import { probeCustomers } from './probe.ts';
import { type SnapshotWatch, watchSnapshots } from './snapshot-watch.ts';

let site: Site;
let watch: SnapshotWatch | null = null;
const seen: Snapshot[] = [];

function startWatch(): SnapshotWatch {
  seen.length = 0;
  return (watch = watchSnapshots(site, (snapshot) => seen.push(snapshot)));
}

beforeAll(async () => {
  site = await startSite({ replicas: 1 });
});
afterEach(async () => {
  await watch?.stop();
});
afterAll(() => site.stop());

async function create(customerId: string): Promise<string> {
  const api = createApiClient(site.replicasOf('order')[0]!.url, { sub: customerId, role: 'customer' });
  const { status, body } = await api.post(ROUTES.order, validBody('order', 3));
  expect(status).toBe(201);
  return body.id;
}

/** Writes what the database refuses to any writer who does not switch its rules off. */
async function writeUnguarded(...statements: readonly string[]): Promise<void> {
  const off = ['bookings', 'orders'].map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ALL`);
  const on = ['bookings', 'orders'].map((table) => `ALTER TABLE ${table} ENABLE TRIGGER ALL`);
  await site.query(['BEGIN', ...off, ...statements, ...on, 'COMMIT'].join('; '));
}

describe('watchSnapshots', () => {
  it('keeps the first look and few of the clean ones', async () => {
    const watching = startWatch();
    await waitFor(() => watching.counts().looks > 30, { describe: 'some looks' });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ doubles: [], drift: [] });
    expect(Math.abs(seen[0]!.atMs - nowMs())).toBeLessThan(10_000);
  });

  it('outlives a Postgres that is killed, and looks again when it is back', async () => {
    const watching = startWatch();
    await waitFor(() => watching.counts().looks > 0, { describe: 'a look' });
    await site.postgres.kill('SIGKILL');
    await waitFor(() => watching.counts().failures > 1, { describe: 'looks that fail' });
    await site.postgres.restart();
    const { looks } = watching.counts();
    await waitFor(() => watching.counts().looks > looks + 5, {
      describe: 'looks after the restart',
      timeoutMs: 10_000,
    });
  });

  it('shows a customer with two active broadcasts, and that no slot belongs to them', async () => {
    await writeUnguarded(
      `INSERT INTO bookings (customer_id) VALUES ('double')`,
      `INSERT INTO orders (customer_id) VALUES ('double')`,
    );
    const watching = startWatch();
    await waitFor(() => watching.counts().looks > 3, { describe: 'some looks' });
    expect(seen.length).toBeGreaterThan(3); // every one of them
    expect(seen[0]).toMatchObject({ doubles: ['double'], drift: ['double'] });
    await writeUnguarded(
      `DELETE FROM bookings WHERE customer_id = 'double'`,
      `DELETE FROM orders WHERE customer_id = 'double'`,
    );
  });
});

describe('collectEnd', () => {
  it('brings rows, audit, outbox and keys of a broadcast, on the clock of the run', async () => {
    const before = nowMs();
    const id = await create('collected');
    const end = await collectEnd(site);
    expect(end.keys).toMatchObject({ collected: `order:${id}` });
    const row = end.rows.find(({ broadcastId }) => broadcastId === id)!;
    expect(row).toMatchObject({
      kind: 'order',
      customerId: 'collected',
      trucksNeeded: 3,
      trucksFilled: 0,
    });
    expect(Math.abs(row.expiresAtMs - before - 120_000)).toBeLessThan(10_000);
    const first = end.audit.find(({ broadcastId }) => broadcastId === id)!;
    expect(first).toMatchObject({ from: null, to: 'created', by: 'collected', customerId: 'collected' });
    expect(first.atMs).toBeGreaterThan(before - 5);
    expect(first.atMs).toBeLessThan(nowMs() + 5);
    const event = end.outbox.find(({ broadcastId }) => broadcastId === id)!;
    expect(event).toMatchObject({
      type: 'opened',
      kind: 'order',
      customerId: 'collected',
      status: 'created',
    });
  });
});

describe('probeCustomers', () => {
  it('frees a customer and creates for them, and leaves them free', async () => {
    await create('probed');
    const probes = await probeCustomers(site, ['probed', 'never-seen']);
    expect(probes).toEqual([
      { customerId: 'probed', status: 201, waitedMs: expect.any(Number) },
      { customerId: 'never-seen', status: 201, waitedMs: expect.any(Number) },
    ]);
    expect((await probeCustomers(site, ['probed']))[0]!.status).toBe(201);
  });

  it('reports whom an orphaned slot keeps out, after two seconds', async () => {
    await site.query(
      `INSERT INTO single_active."customer-broadcast" (key, slot, source, row_id)
       VALUES ('stuck', 1, 'booking', gen_random_uuid())`,
    );
    startWatch();
    const [probe] = await probeCustomers(site, ['stuck']);
    expect(probe!.status).not.toBe(201);
    expect(probe!.waitedMs).toBeGreaterThan(2000);
    expect(seen.at(-1)).toMatchObject({ doubles: [], drift: ['stuck'] });
    await site.query(`DELETE FROM customer_broadcast_slots WHERE customer_id = 'stuck'`);
  });

  it('has no status when no replica answers', async () => {
    await site.replicasOf('booking')[0]!.process!.kill();
    const [probe] = await probeCustomers(site, ['alone']);
    expect(probe!.status).toBe(0);
  });
});
