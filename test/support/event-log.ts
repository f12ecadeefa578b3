import { Redis } from 'ioredis';

import { waitFor } from './wait.ts';

export const CHANNELS = ['customer-broadcast.opened', 'customer-broadcast.terminal'] as const;
export type Channel = (typeof CHANNELS)[number];

/** One packet as a subscriber that knows nothing of Nest sees it. */
export interface ObservedEvent {
  readonly channel: string;
  readonly packet: { readonly pattern: string; readonly id?: string; readonly data: EventData };
}

export interface EventData {
  readonly eventId: string;
  readonly kind: string;
  readonly broadcastId: string;
  readonly customerId: string;
  readonly status: string;
  readonly occurredAt: string;
}

export interface EventLog {
  /** In the order of arrival. */
  readonly events: ObservedEvent[];
  of(broadcastId: string): ObservedEvent[];
  /** Waits until an event of this broadcast was on this channel; or so many, for each may be delivered more than once. */
  reached(broadcastId: string, channel: Channel, count?: number): Promise<ObservedEvent[]>;
  stop(): void;
}

/** Subscribes to both channels of events, and comes back after an outage by itself. */
export async function observeEvents(url: string): Promise<EventLog> {
  const subscriber = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  subscriber.on('error', () => undefined); // outages are what the tests are about
  const events: ObservedEvent[] = [];
  subscriber.on('message', (channel, message) => {
    const packet = parse(message);
    if (isEvent(packet)) events.push({ channel, packet });
  });
  await subscriber.subscribe(...CHANNELS);
  const of = (broadcastId: string): ObservedEvent[] =>
    events.filter(({ packet }) => packet.data.broadcastId === broadcastId);
  return {
    events,
    of,
    reached: async (broadcastId, channel, count = 1) => {
      const onChannel = (): ObservedEvent[] => of(broadcastId).filter((event) => event.channel === channel);
      const describe = `${count} on ${channel} of ${broadcastId}`;
      await waitFor(() => onChannel().length >= count, { timeoutMs: 10_000, describe });
      return onChannel();
    },
    stop: () => subscriber.disconnect(),
  };
}

function isEvent(packet: ObservedEvent['packet'] | null): packet is ObservedEvent['packet'] {
  return typeof (packet as { data?: Partial<EventData> } | null)?.data?.broadcastId === 'string';
}

/** Null for a forged message that is no packet. */
function parse(message: string): ObservedEvent['packet'] | null {
  try {
    return JSON.parse(message) as ObservedEvent['packet'];
  } catch {
    return null;
  }
}
