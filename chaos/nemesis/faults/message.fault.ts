import { randomUUID } from 'node:crypto';

import { CHANNELS } from '../../../test/support/event-log.ts';
import type { Fault } from '../fault.interface.ts';
import { connectRedis } from '../redis-session.ts';
import { repeatedly } from '../repetition.ts';

const MESSAGE = { subject: 'message', target: () => 'key' } as const;

const COPIES = 5;
/** Longer than most broadcasts live under load, so that a copy meets the customer's next one. */
const LONGEST_DELAY_MS = 2000;
const HUGE_BYTES = 10 * 1024 * 1024;

const REQUESTS = ['booking.create', 'order.cancel', 'customer-broadcast.find-active'];
const GARBAGE = [
  '',
  'no JSON',
  '{',
  'null',
  '[]',
  '{"pattern":"customer-broadcast.terminal"}',
  '{"pattern":"customer-broadcast.terminal","data":null}',
  '{"pattern":"customer-broadcast.terminal","data":{"kind":"booking","broadcastId":"x","customerId":"\\n"}}',
  '{"pattern":"customer-broadcast.opened","data":{"__proto__":{"kind":"booking"},"kind":{},"customerId":[]}}',
  '{"pattern":"booking.create","id":{},"data":{}}',
  '{"pattern":"booking.create","id":"garbage","data":{"actor":"nobody"}}',
];

/** Any client with the right to publish can send these. */
export const MESSAGE_FAULTS: readonly Fault[] = [
  {
    ...MESSAGE,
    name: 'event-duplicate',
    matrix: 'F20',
    sentence:
      'every event is published 5 times more, each time up to 2 s later, so out of order and after the next create',
    lastsMs: [2000, 6000],
    apply: async ({ key }, _target, random) => {
      const subscriber = await connectRedis(key.url);
      const publisher = await connectRedis(key.url);
      const timers = new Set<NodeJS.Timeout>();
      let published = 0;
      subscriber.on('message', (channel: string, message: string) => {
        const copy = withoutId(message);
        for (let count = 0; copy !== null && count < COPIES; count += 1) {
          const timer = setTimeout(() => {
            timers.delete(timer);
            published += 1;
            publisher.publish(channel, copy).catch(() => undefined); // another fault has Redis down
          }, random.int(LONGEST_DELAY_MS));
          timers.add(timer);
        }
      });
      await subscriber.subscribe(...CHANNELS);
      return () => {
        for (const timer of timers) clearTimeout(timer);
        subscriber.disconnect();
        publisher.disconnect();
        return Promise.resolve(`${published} copies published`);
      };
    },
  },
  {
    ...MESSAGE,
    name: 'event-forge',
    matrix: 'F23',
    sentence: 'terminal events are forged, in the right form, for broadcasts that are active',
    lastsMs: [1000, 4000],
    apply: async ({ key, pool }) => {
      const redis = await connectRedis(key.url);
      let forged = 0;
      const undo = repeatedly(
        async () => {
          const { rows } = await pool.query<{ kind: string; id: string; customer_id: string }>(
            'SELECT kind, id, customer_id FROM active_broadcasts ORDER BY random() LIMIT 3',
          );
          for (const { kind, id, customer_id } of rows) {
            const data = {
              eventId: randomUUID(),
              kind,
              broadcastId: id,
              customerId: customer_id,
              status: 'cancelled',
              occurredAt: new Date().toISOString(),
            };
            await redis.publish(CHANNELS[1], JSON.stringify({ pattern: CHANNELS[1], data }));
            forged += 1;
          }
        },
        () => 200,
      );
      return async () => {
        await undo();
        redis.disconnect();
        return `${forged} events forged`;
      };
    },
  },
  {
    ...MESSAGE,
    name: 'garbage-messages',
    matrix: 'F23',
    sentence:
      'malformed messages and one of 10 MB are published on the channels of events and requests, every 300 ms',
    lastsMs: [1000, 4000],
    apply: async ({ key }, _target, random) => {
      const redis = await connectRedis(key.url);
      const undo = repeatedly(
        async () => {
          const channel = random.pick([...CHANNELS, ...REQUESTS]);
          for (const message of GARBAGE) await redis.publish(channel, message);
          await redis.publish(channel, `{"pattern":"${channel}","data":"${'x'.repeat(HUGE_BYTES)}"}`);
        },
        () => 300,
      );
      return () => undo().finally(() => redis.disconnect());
    },
  },
];

/** The same event, without asking for a reply. @returns null for what has no id: it is one of the copies, or garbage */
function withoutId(message: string): string | null {
  try {
    const { id, ...packet } = JSON.parse(message) as Record<string, unknown>;
    return id === undefined ? null : JSON.stringify(packet);
  } catch {
    return null;
  }
}
