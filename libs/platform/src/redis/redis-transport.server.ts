import { ServerRedis } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import type { RedisTransportOptions } from './redis-transport.options.ts';
import { logRejections } from './redis-rejections.ts';
import { logStateChanges } from './redis.client.ts';

/**
 * A connection that only listens sends nothing, and so never learns that its peer is gone. With the time-out of the socket a
 * listener is deaf for 3 s at most, and the price is a command a second.
 */
const PING_INTERVAL_MS = 1_000;

/** How long a goodbye may take; a frozen Redis must not keep the process from ending. */
const QUIT_TIMEOUT_MS = 500;

/**
 * Nest's Redis transport, made to start without Redis: it subscribes as soon as there is a connection, again after
 * each reconnect, and always over the same two connections. Nest's own fails its start when the first attempt does,
 * and leaves two connections behind for each further start. A connection that was cut in silence is replaced within 3 s. A
 * command that Redis refuses, for want of a right say, is logged and ends nothing.
 *
 * @publicApi
 */
export class HealingRedisServer extends ServerRedis {
  private pinging: NodeJS.Timeout | undefined;

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
    this.pinging = setInterval(() => clients.forEach(ping), PING_INTERVAL_MS).unref();
    callback?.();
  }

  override async createRedisClient(): Promise<Redis> {
    return logRejections((await super.createRedisClient()) as Redis, this.logger);
  }

  /** Hears no further message; what is being handled goes on and is answered. */
  stopListening(): void {
    const subscriber = this.subClient as Redis | undefined;
    if (subscriber?.status === 'ready') void subscriber.unsubscribe().catch(() => undefined);
  }

  override async close(): Promise<void> {
    this.isManuallyClosed = true;
    clearInterval(this.pinging);
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

/** Only to be answered: the client itself drops the connection when nothing comes back. */
function ping(client: Redis): void {
  if (client.status === 'ready') void client.ping().catch(() => undefined);
}

async function sayGoodbye(client: Redis): Promise<void> {
  if (client.status === 'ready') {
    const timeout = new Promise((resolve) => setTimeout(resolve, QUIT_TIMEOUT_MS).unref());
    // QUIT is answered after everything sent before it, so the last reply leaves first.
    await Promise.race([client.quit().catch(() => undefined), timeout]);
  }
  client.disconnect();
}
