import { ServerRedis } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import type { RedisTransportOptions } from './redis-transport.options.ts';
import { logStateChanges } from './redis.client.ts';

/** How long a goodbye may take; a frozen Redis must not keep the process from ending. */
const QUIT_TIMEOUT_MS = 500;

/**
 * Nest's Redis transport, made to start without Redis: it subscribes as soon as there is a connection, again after
 * each reconnect, and always over the same two connections. Nest's own fails its start when the first attempt does,
 * and leaves two connections behind for each further start.
 *
 * @publicApi
 */
export class HealingRedisServer extends ServerRedis {
  constructor(options: RedisTransportOptions) {
    super({ ...options });
  }

  /** Returns at once; the connection follows in the background. */
  override start(callback?: () => void): void {
    const clients = [this.subClient, this.pubClient] as Redis[];
    // Subscribing before there is a connection puts the commands into the client's offline queue, and ioredis
    // repeats them after each reconnect (autoResubscribe).
    this.bindEvents(this.subClient, this.pubClient);
    // A failed first attempt is not the end: the retry strategy goes on. `error` listeners report it.
    for (const client of clients) void client.connect().catch(() => undefined);
    callback?.();
  }

  /** Hears no further message; what is being handled goes on and is answered. */
  stopListening(): void {
    const subscriber = this.subClient as Redis | undefined;
    if (subscriber?.status === 'ready') void subscriber.unsubscribe().catch(() => undefined);
  }

  override async close(): Promise<void> {
    this.isManuallyClosed = true;
    this.pendingEventListeners = [];
    const clients = [this.subClient, this.pubClient] as (Redis | undefined)[];
    await Promise.all(clients.filter((client) => client !== undefined).map(sayGoodbye));
  }

  /** Nest logs each failed attempt as an error; an outage of an hour would be 28,000 lines. */
  override registerErrorListener(client: Redis): void {
    const role = client === this.subClient ? 'transport-subscriber' : 'transport-publisher';
    logStateChanges(client, role);
  }
}

async function sayGoodbye(client: Redis): Promise<void> {
  if (client.status === 'ready') {
    const timeout = new Promise((resolve) => setTimeout(resolve, QUIT_TIMEOUT_MS).unref());
    // QUIT is answered after everything sent before it, so the last reply leaves first.
    await Promise.race([client.quit().catch(() => undefined), timeout]);
  }
  client.disconnect();
}
