import type { Redis } from 'ioredis';

/**
 * A connection that only listens sends nothing, and so never learns that its peer is gone. With the time-out of the socket
 * it is deaf for 3 s at most, and the price is two commands a second.
 */
const PING_INTERVAL_MS = 500;

/** How long a goodbye may take; a frozen Redis must not keep the process from ending. */
const QUIT_TIMEOUT_MS = 500;

/**
 * Asks each connection again and again for a sign of life; the client itself drops one that does not answer. Keeps no
 * process alive.
 *
 * @param clients asked each time: they may be replaced, or not be there yet
 * @param onAnswer told when the answer comes, and when its question was asked, by the monotonic clock
 * @returns ends it
 */
export function keepPinging(
  clients: () => readonly Redis[],
  onAnswer: (client: Redis, askedAtMs: number) => void = () => undefined,
): () => void {
  const ping = (client: Redis): void => {
    if (client.status !== 'ready') return;
    const askedAtMs = performance.now();
    client.ping().then(
      () => onAnswer(client, askedAtMs),
      () => undefined, // the client reports it
    );
  };
  const timer = setInterval(() => clients().forEach(ping), PING_INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

/** Closes a connection for good. Within half a second also when Redis is silent. */
export async function sayGoodbye(client: Redis): Promise<void> {
  if (client.status === 'ready') {
    const timeout = new Promise((resolve) => setTimeout(resolve, QUIT_TIMEOUT_MS).unref());
    // QUIT is answered after everything sent before it, so the last reply leaves first.
    await Promise.race([client.quit().catch(() => undefined), timeout]);
  }
  client.disconnect();
}
