import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { createApiClient } from '../../test/support/api-client.ts';
import { type Customer, keyOf, lockOf } from '../../test/support/customer.ts';
import { type EventLog, observeEvents } from '../../test/support/event-log.ts';
import { waitFor } from '../../test/support/wait.ts';
import { CRASH_POINTS, type CrashPointName } from '../inject/crash-points.ts';
import { seededRandom } from '../random.ts';
import type { Replica, Site } from '../site/site.interface.ts';
import { startSite } from '../site/start-site.ts';
import { ALL_FAULTS } from './all-faults.ts';
import { withRedis } from './redis-session.ts';
import { expectReady, expectWell, newCustomerAt } from './test/well.ts';

const VICTIM = 'booking-0';

/** What the stores say after the process has died. What a case does not name is not decided by the point. */
interface Traces {
  /** Status of the customer's newest booking; null without one. */
  readonly status?: string | null;
  readonly answersKept?: number;
  readonly key?: boolean;
  readonly lock?: boolean;
  readonly trucksFilled?: number;
  /** Claims of messages. */
  readonly claims?: number;
  /** Of the customer's events, in order: delivered or not. */
  readonly delivered?: boolean[];
  /** Events that a subscriber outside of the services has heard. */
  readonly heard?: number;
}

interface Case {
  /** Done before the point is armed. */
  readonly before?: (customer: Customer) => Promise<string>;
  readonly provoke: (customer: Customer, id: string) => Promise<unknown>;
  readonly traces: Traces;
}

const withKey = (customer: Customer): Promise<unknown> =>
  customer.create({ headers: { 'idempotency-key': randomUUID() } });

describe('a crash point', () => {
  let site: Site;
  let victim: Replica;
  let events: EventLog;

  beforeAll(async () => {
    site = await startSite({ replicas: 1 });
    victim = site.replicas.find(({ name }) => name === VICTIM)!;
    events = await observeEvents(site.key.url);
    // As after each point: a process that has just started may find Redis too slow for its first commands, and go on without
    // lock and key.
    await expectWell(site);
  });

  afterAll(async () => {
    events.stop();
    await site.stop();
  });

  const statusOf = async (id: string): Promise<string | undefined> =>
    (await site.query<{ status: string }>('SELECT status FROM bookings WHERE id = $1', [id]))[0]?.status;
  /** Of all customers, or of one. */
  const undelivered = async (customerId: string | null = null): Promise<number> =>
    (
      await site.query(
        'SELECT FROM customer_broadcast_outbox WHERE delivered_at IS NULL AND ($1::text IS NULL OR customer_id = $1)',
        [customerId],
      )
    ).length;
  /** A booking whose own events are out of the way. */
  const settled = async (customer: Customer): Promise<string> => {
    const { id } = (await customer.create()).body;
    await waitFor(async () => (await undelivered(customer.sub)) === 0 && (await statusOf(id)) === 'active');
    return id;
  };
  const replace = (customer: Customer): Promise<unknown> => {
    const body = { vehicleType: 'open', trucksNeeded: 1, pickup: PLACE, drop: PLACE };
    return customer.api.post('/v1/bookings?onActive=replace', body);
  };
  const accept = (_customer: Customer, id: string): Promise<unknown> => {
    const transporter = createApiClient(victim.url, { sub: `t-${randomUUID()}`, role: 'transporter' });
    return transporter.post(`/v1/bookings/${id}/accept`, { trucks: 1 });
  };
  const publishCreate = ({ sub }: Customer): Promise<unknown> => {
    const data = { vehicleType: 'open', trucksNeeded: 1, pickup: PLACE, drop: PLACE };
    const packet = {
      pattern: 'booking.create',
      id: randomUUID(),
      data: { ...data, actor: { sub, role: 'customer' } },
    };
    return withRedis(site.key.url, (redis) => redis.publish('booking.create', JSON.stringify(packet)));
  };
  const makeOverdue = (_customer: Customer, id: string): Promise<unknown> =>
    site.query(`UPDATE bookings SET expires_at = clock_timestamp() WHERE id = $1`, [id]);
  const cancel = (customer: Customer, id: string): Promise<unknown> => customer.cancel(id);
  const create = (customer: Customer): Promise<unknown> => customer.create();

  const NOTHING: Traces = { status: null, answersKept: 0, key: false, lock: true };
  const CASES: Readonly<Record<CrashPointName, Case>> = {
    'after-lock': { provoke: withKey, traces: NOTHING },
    'after-check': { provoke: withKey, traces: NOTHING },
    'after-insert': { provoke: withKey, traces: NOTHING },
    'after-cancel-active': {
      before: settled,
      provoke: replace,
      traces: { status: 'active', key: true, lock: true },
    },
    'before-answer-kept': { provoke: withKey, traces: NOTHING },
    'after-answer-kept': { provoke: withKey, traces: NOTHING },
    'after-commit': { provoke: withKey, traces: { status: 'created', answersKept: 1, key: false } },
    'after-key': { provoke: withKey, traces: { answersKept: 1, key: true, lock: true } },
    'before-release': { provoke: withKey, traces: { answersKept: 1, lock: true } },
    'after-release': { provoke: withKey, traces: { answersKept: 1, lock: false } },
    'after-claim': { provoke: publishCreate, traces: { status: null, lock: false, claims: 1 } },
    'after-fill': { before: settled, provoke: accept, traces: { status: 'active', trucksFilled: 0 } },
    'before-close': { before: settled, provoke: cancel, traces: { status: 'cancelled', key: true } },
    'after-close': { before: settled, provoke: cancel, traces: { status: 'cancelled', key: false } },
    // The other service listens as well: whether its reply still reached this one is not decided by the points.
    'listener-before-close': {
      before: settled,
      provoke: cancel,
      traces: { status: 'cancelled', heard: 2 },
    },
    'listener-before-reply': {
      before: settled,
      provoke: cancel,
      traces: { status: 'cancelled', key: false, heard: 2 },
    },
    'after-outbox-claim': { provoke: create, traces: { status: 'created', delivered: [false], heard: 0 } },
    'after-publish': { provoke: create, traces: { status: 'created', delivered: [false], heard: 1 } },
    'before-mark': { provoke: create, traces: { status: 'active', delivered: [false], heard: 1 } },
    'after-expiry-batch': { before: settled, provoke: makeOverdue, traces: { status: 'expired' } },
  };

  async function tracesOf(customerId: string): Promise<Required<Traces>> {
    const [row] = await site.query<{ status: string; trucks_filled: number }>(
      'SELECT status, trucks_filled FROM bookings WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 1',
      [customerId],
    );
    const kept = await site.query('SELECT FROM customer_broadcast_idempotency_keys WHERE actor_id = $1', [
      customerId,
    ]);
    const outbox = await site.query<{ delivered: boolean }>(
      `SELECT delivered_at IS NOT NULL AS delivered FROM customer_broadcast_outbox WHERE customer_id = $1 ORDER BY id`,
      [customerId],
    );
    const key = await withRedis(site.key.url, (redis) => redis.exists(keyOf(customerId)));
    const claims = await withRedis(site.key.url, (redis) => redis.keys('message-claim:booking.create:*'));
    const locks = await Promise.all(
      site.locks.map(({ url }) => withRedis(url, (redis) => redis.exists(lockOf(customerId)))),
    );
    return {
      status: row?.status ?? null,
      trucksFilled: row?.trucks_filled ?? 0,
      answersKept: kept.length,
      key: key === 1,
      lock: locks.includes(1),
      claims: claims.length,
      delivered: outbox.map(({ delivered }) => delivered),
      heard: events.events.filter(({ packet }) => packet.data.customerId === customerId).length,
    };
  }

  it.each(CRASH_POINTS.map(({ number, name, sentence }) => ({ number, name, sentence })))(
    '$number, $name, kills the process when $sentence',
    async ({ name }) => {
      const fault = ALL_FAULTS.find((candidate) => candidate.name === `service-crash-${name}`)!;
      const { before, provoke, traces } = CASES[name];
      // What the last point has left must not reach this one.
      await expectReady(site);
      await waitFor(async () => (await undelivered()) === 0, { timeoutMs: 10_000 });
      const customer = newCustomerAt(victim);
      const id = (await before?.(customer)) ?? '';
      const doomed = victim.process!;
      const undo = await fault.apply(site, VICTIM, seededRandom(1));
      let reached: string | null = null;
      try {
        const provoked = provoke(customer, id).catch(() => undefined); // the answer of a dead process
        const exit = await Promise.race([
          doomed.exited,
          provoked.then(() => waitFor(() => victim.process === null)),
        ]);
        if (exit !== true) expect(exit.signal).toBe('SIGKILL');
        // The session's transaction is rolled back when the server has seen that its client is gone.
        await waitFor(async () => {
          const [{ open } = { open: 0 }] = await site.query<{ open: number }>(
            `SELECT count(*)::integer AS open FROM pg_stat_activity WHERE application_name = 'booking-service'`,
          );
          return open === 0;
        });
        expect(await tracesOf(customer.sub)).toMatchObject(traces);
      } finally {
        reached = await undo();
      }
      expect(reached).toBe('reached 1 times');
      await expectWell(site);
      // What the dead process left undone is made good: every event is delivered.
      await waitFor(async () => (await undelivered(customer.sub)) === 0, { timeoutMs: 10_000 });
    },
  );
});

const PLACE = { latitude: 12.97, longitude: 77.59, address: 'MG Road, Bengaluru' };
