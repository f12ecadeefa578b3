import type { Site } from '../site/site.interface.ts';
import type { History, OutboxEntry } from './operation.interface.ts';

export interface HeardEvents {
  /** Ids of events, each once. */
  readonly ids: ReadonlySet<string>;
  stop(): void;
}

/**
 * Collects what the listeners report, from now on. They report when the switch `report-heard` is on in their process, over
 * the line of the hooks and before the reply to the relay goes out: an event whose delivery was acknowledged is in here,
 * whatever became of Redis and of the listener's process. A subscriber of our own could not know that: Redis may close its
 * connection and not the listener's.
 */
export function recordHeardEvents({ replicas }: Pick<Site, 'replicas'>): HeardEvents {
  const ids = new Set<string>();
  const ends = replicas.map(({ agent }) =>
    agent.onReport(({ command, eventId }) => {
      if (command === 'heard' && typeof eventId === 'string') ids.add(eventId);
    }),
  );
  return {
    ids,
    stop: () => {
      for (const end of ends) end();
    },
  };
}

/** Events that count as delivered and that no listener has heard (P7). Without reports nothing can be said: none. */
export function listUnheard({ outbox, heard }: Pick<History, 'outbox' | 'heard'>): OutboxEntry[] {
  if (heard === undefined) return [];
  const known = new Set(heard);
  return outbox.filter(({ delivered, eventId }) => delivered && eventId !== undefined && !known.has(eventId));
}
