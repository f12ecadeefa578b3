import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { ApiAnswer } from '../../test/support/api-client.ts';
import { keyOf } from '../../test/support/customer.ts';
import { race } from '../../test/support/race.ts';
import { waitFor } from '../../test/support/wait.ts';
import { listUnheard, recordHeardEvents } from '../history/heard-events.ts';
import type { OutboxEntry } from '../history/operation.interface.ts';
import { ALL_FAULTS } from '../nemesis/all-faults.ts';
import { withRedis } from '../nemesis/redis-session.ts';
import { startTraffic } from '../nemesis/test/traffic.ts';
import { newCustomerAt } from '../nemesis/test/well.ts';
import { seededRandom } from '../random.ts';
import type { Site } from '../site/site.interface.ts';
import { startSite } from '../site/start-site.ts';
import { ALL_CONTROLS } from './all-controls.ts';
import type { Control } from './control.interface.ts';

const REPORTING = { CHAOS_COMMANDS: '[{"command":"switch","name":"report-heard","on":true}]' };

/** Drives the site to where the part is missed. @returns what went wrong; nothing with the part in its place */
type Drive = (site: Site) => Promise<unknown[]>;

const DRIVES: Readonly<Record<string, Drive>> = {
  'guard-off': async (site) => {
    const subs = Array.from({ length: 5 }, () => `double-${randomUUID()}`);
    await race(40, (index) => newCustomerAt(site.replicas[index % 4]!, subs[Math.floor(index / 8)]).create());
    return site.query('SELECT customer_id FROM active_broadcasts GROUP BY customer_id HAVING count(*) > 1');
  },
  'key-compare-off': async (site) => {
    const undo = await applied(site, 'event-duplicate', 'key');
    const customers = Array.from({ length: 10 }, () => newCustomerAt(site.replicas[0]!));
    const subs = customers.map(({ sub }) => sub);
    for (const customer of customers) {
      await customer.cancel((await customer.create()).body.id);
      expect((await customer.create()).status).toBe(201);
    }
    const ended = `SELECT FROM customer_broadcast_outbox WHERE type = 'terminal' AND delivered_at IS NULL AND customer_id = ANY ($1)`;
    await waitFor(async () => (await site.query(ended, [subs])).length === 0);
    const lost = async (): Promise<string[]> => {
      const keys = await withRedis(site.key.url, (redis) => redis.mget(subs.map(keyOf)));
      return subs.filter((_, index) => keys[index] === null);
    };
    await waitFor(async () => (await lost()).length > 0, { timeoutMs: 3000 }).catch(() => undefined);
    await undo();
    return lost();
  },
  'key-believed': async ({ replicas }) => {
    const customer = newCustomerAt(replicas[0]!);
    await customer.cancel((await customer.create()).body.id);
    const next = await customer.create();
    return next.status === 201 ? [] : [next.body];
  },
  'acknowledgement-off': async (site) => {
    // Nobody took down what was heard before.
    const [{ last } = { last: 0 }] = await site.query<{ last: string | number }>(
      'SELECT coalesce(max(id), 0) AS last FROM customer_broadcast_outbox',
    );
    const heard = recordHeardEvents(site);
    const traffic = await startTraffic(site);
    await waitFor(() => heard.ids.size > 0);
    const undo = await applied(site, 'listeners-kill', 'key');
    const unheard = async (): Promise<OutboxEntry[]> => {
      const outbox = await site.query<OutboxEntry & Record<string, unknown>>(
        'SELECT id, event_id AS "eventId", type, delivered_at IS NOT NULL AS delivered FROM customer_broadcast_outbox WHERE id > $1',
        [last],
      );
      return listUnheard({ outbox, heard: [...heard.ids] });
    };
    await waitFor(async () => (await unheard()).length > 0, { timeoutMs: 5000, intervalMs: 200 }).catch(
      () => undefined,
    );
    await traffic.stop();
    await undo();
    heard.stop();
    // Reports come over another line than replies: looked at again when all of them are in.
    return unheard();
  },
  'answer-after-commit': async (site) => {
    const [first, second] = site.replicasOf('booking');
    const headers = { 'idempotency-key': randomUUID() };
    const undo = await applied(site, 'service-crash-before-answer-kept', first!.name);
    const customer = newCustomerAt(first!);
    await expect(customer.create({ headers })).rejects.toThrow(); // it died
    const retried = await waitFor(
      async (): Promise<ApiAnswer | null> => {
        const answer = await newCustomerAt(second!, customer.sub).create({ headers });
        // What the dead one left, a lock or an open transaction, ends by itself.
        return answer.status === 201 || answer.body.activeBroadcast ? answer : null;
      },
      { timeoutMs: 15_000, intervalMs: 200 },
    );
    await undo();
    return retried.status === 201 ? [] : [retried.body];
  },
};

async function applied(site: Site, name: string, target: string): Promise<() => Promise<unknown>> {
  return ALL_FAULTS.find((fault) => fault.name === name)!.apply(site, target, seededRandom(1));
}

describe('a positive control', () => {
  let site: Site;

  afterEach(() => site.stop(), 60_000);

  it.each(ALL_CONTROLS.map((control: Control) => ({ ...control })))(
    '$name: $sentence',
    async (control) => {
      site = await startSite({ env: control.env });
      await control.prepare(site);
      expect(await DRIVES[control.name]!(site)).not.toEqual([]);
    },
    120_000,
  );

  it('has nothing to show where every part is in its place', async () => {
    site = await startSite({ env: REPORTING });
    for (const [name, drive] of Object.entries(DRIVES)) expect([name, await drive(site)]).toEqual([name, []]);
  }, 180_000);
});

describe('the positive controls', () => {
  it('name faults that exist, and have a drive here', () => {
    const names = new Set(ALL_FAULTS.map(({ name }) => name));
    expect(ALL_CONTROLS.flatMap(({ faults }) => faults).filter((name) => !names.has(name))).toEqual([]);
    expect(ALL_CONTROLS.map(({ name }) => name).sort()).toEqual(Object.keys(DRIVES).sort());
  });
});
