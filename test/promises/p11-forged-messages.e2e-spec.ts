import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

import type { Actor } from '../support/api-client.ts';
import { type BroadcastCaller, refusalOf, startCaller } from '../support/broadcast-client.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { keyOf, KINDS, newName, validBody } from '../support/requests.ts';
import { listRows } from '../support/rows.ts';
import { waitFor } from '../support/wait.ts';

const FORGED: Actor = { sub: 'forged', role: 'customer' };
const GARBAGE_COUNT = 10_000;
/** Of resident memory, beyond what it was before: what garbage is worth to the collector, not what it weighed. */
const MEMORY_LIMIT_MB = 150;

const REQUESTS = KINDS.flatMap((kind) =>
  ['create', 'get', 'cancel', 'accept', 'expire-due'].map((name) => `${kind}.${name}`),
);
const EVENTS = ['customer-broadcast.opened', 'customer-broadcast.terminal'];
const CHANNELS = [...REQUESTS, 'customer-broadcast.find-active', ...EVENTS];

const packet = (fields: object): string => JSON.stringify({ pattern: 'booking.create', ...fields });
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const data = { ...validBody('booking'), actor: FORGED };

/** Valid packets among them would create a booking of `forged`. */
const MESSAGES: readonly (readonly [string, string | Buffer])[] = [
  ['that is no JSON', 'not json'],
  ['that is empty', ''],
  ['that is a list', '[]'],
  ['of 10 MB', packet({ id: 'x', data: { ...data, goodsType: 'y'.repeat(10_000_000) } })],
  ['whose id is an object', packet({ id: { a: 1 }, data })],
  ['whose id is a number', packet({ id: 5, data })],
  ['whose id is empty', packet({ id: '', data })],
  ['whose id has a NUL', packet({ id: 'a\0b', data })],
  ['whose id has 10,000 characters', packet({ id: 'i'.repeat(10_000), data })],
  ['without an id', packet({ data })],
  ['without pattern and data', JSON.stringify({ id: 'flat', ...data })],
  ['without data', packet({ id: 'no-data' })],
  [
    'whose actor is an operator with a wrong sub',
    packet({ id: 'a', data: { ...data, actor: { sub: 'a b', role: 'operator' } } }),
  ],
  ['whose role is unknown', packet({ id: 'b', data: { ...data, actor: { sub: 'forged', role: 'root' } } })],
  ['whose actor is in a prototype', `{"pattern":"x","id":"c","data":{"__proto__":${JSON.stringify(data)}}}`],
  [
    'that is polluted',
    `{"pattern":"x","id":"d","__proto__":{"isEvent":true},"data":{"constructor":{"prototype":{"sub":"forged"}},"actor":{"sub":"forged","role":"customer"}}}`,
  ],
  ['with a nested pattern', `{"pattern":${nested(20_000)},"id":"e","data":null}`],
  ['with nested data', `{"pattern":"x","id":"f","data":${nested(20_000)}}`],
  [
    'with nested fields',
    `{"pattern":"x","id":"g","data":{"actor":{"sub":"forged","role":"customer"},"items":${nested(10_000)}}}`,
  ],
  [
    'with numbers beyond all',
    packet({ id: 'h', data: { ...data, trucksNeeded: '@' } }).replace('"@"', '1e999'),
  ],
  [
    'that is not UTF-8',
    Buffer.concat([
      Buffer.from('{"pattern":"x","id":"'),
      Buffer.from([0xff, 0xfe, 0xc0]),
      Buffer.from('","data":{}}'),
    ]),
  ],
];

describe('P11: a message that no client should have sent', () => {
  let cluster: Cluster;
  let caller: BroadcastCaller;

  beforeAll(async () => {
    cluster = await startCluster({
      bookings: 2,
      env: { EXPIRY_MODE: 'external', DISPATCHER_MODE: 'external' },
    });
    caller = await startCaller(cluster);
  });

  afterAll(async () => {
    await caller.stop();
    await cluster.stop();
  });

  const services = () => [...cluster.bookings, ...cluster.orders];

  /** Nothing was written, every process lives, no rejection was left unhandled, and the next request is answered. */
  afterEach(async () => {
    const customer: Actor = { sub: newName('customer'), role: 'customer' };
    for (const kind of KINDS) {
      const { id } = await caller.kinds[kind].create(customer, validBody(kind));
      await caller.kinds[kind].cancel(customer, id);
    }
    expect(await listRows(cluster.database, FORGED.sub)).toEqual([]);
    for (const service of services()) {
      expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
      expect(service.logs().filter((line) => /unhandledRejection|uncaughtException/.test(line))).toEqual([]);
    }
  });

  it.each(MESSAGES)('%s changes nothing and ends no process, on any channel', async (_, message) => {
    for (const channel of CHANNELS) await cluster.redis.client.publish(channel, message);
  });

  it('that forges an event takes a key at the worst', async () => {
    const customer: Actor = { sub: newName('customer'), role: 'customer' };
    const { id } = await caller.kinds.booking.create(customer, validBody('booking'));
    await waitFor(async () => (await caller.kinds.booking.get(customer, id)).status === 'broadcasting');
    const event = {
      eventId: 'x',
      kind: 'booking',
      broadcastId: id,
      customerId: customer.sub,
      occurredAt: 'now',
    };
    for (const channel of EVENTS) {
      for (const status of ['cancelled', 'created', 'completed']) {
        const forged = { pattern: channel, id: newName('event'), data: { ...event, status } };
        await cluster.redis.client.publish(channel, JSON.stringify(forged));
      }
    }
    await waitFor(async () => (await cluster.redis.client.exists(keyOf(customer.sub))) === 0);
    expect(await listRows(cluster.database, customer.sub)).toMatchObject([{ id, status: 'broadcasting' }]);
    await expect(caller.kinds.order.create(customer, validBody('order'))).rejects.toMatchObject({
      code: 'ORDER_ACTIVE_EXISTS',
      activeBroadcast: { kind: 'booking', id },
    });
  });

  it(`leaves no memory behind when ${GARBAGE_COUNT} of them come at once`, async () => {
    const before = services().map(({ pid }) => residentMb(pid));
    const small = MESSAGES.filter(([, message]) => message.length < 1_000);
    const burst = cluster.redis.client.pipeline();
    for (let index = 0; index < GARBAGE_COUNT; index += 1) {
      burst.publish(CHANNELS[index % CHANNELS.length]!, small[index % small.length]![1]);
    }
    await burst.exec();
    // What is behind them in the queue is answered when they have been dealt with.
    for (const kind of KINDS) {
      const stranger: Actor = { sub: newName('customer'), role: 'customer' };
      const id = '01a204a5-d213-7279-a359-211ce87e7be2';
      const refusal = waitFor(() => refusalOf(caller.kinds[kind].get(stranger, id)), { timeoutMs: 30_000 });
      expect(await refusal).toMatchObject({ code: 'NOT_FOUND' });
    }
    await waitFor(
      () => services().every(({ pid }, index) => residentMb(pid) < before[index]! + MEMORY_LIMIT_MB),
      { timeoutMs: 30_000, describe: 'the memory to be back' },
    );
  });
});

function residentMb(pid: number): number {
  const [, kilobytes = 'NaN'] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
