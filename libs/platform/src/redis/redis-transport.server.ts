import { type MessageHandler, type RedisContext, ServerRedis } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import type { RedisTransportOptions } from './redis-transport.options.ts';
import { keepPinging, sayGoodbye } from './redis-liveness.ts';
import { isReplyError, logRejections } from './redis-rejections.ts';
import { coalesceWrites } from './redis-writes.ts';
import { logStateChanges } from './redis.client.ts';
import { inboxOf } from './reply-inbox.ts';

const SHARED_CHANNELS_TEXT = (db: number): string =>
  `Redis database ${db} has keys of its own, but every database of that Redis shares its channels: another application there hears these requests and events. Set REDIS_PREFIX, for example "staging:".`;

/**
 * Nest's Redis transport, made to start without Redis: it subscribes as soon as there is a connection, again after
 * each reconnect, and always over the same two connections. Nest's own fails its start when the first attempt does,
 * and leaves two connections behind for each further start. A connection that was cut in silence is replaced within 3 s. A
 * command that Redis refuses, for want of a right say, is logged and ends nothing. Whoever names a channel that it hears alone is
 * answered there, everybody else on Nest's channel of the pattern.
 *
 * @publicApi
 */
export class HealingRedisServer extends ServerRedis {
  private stopPinging: (() => void) | undefined;
  private heardUpToMs = -Infinity;
  private readonly databaseIndex: number;
  /** Before the name of each channel. */
  protected readonly channelPrefix: string;

  constructor(options: RedisTransportOptions) {
    super({ ...options });
    this.channelPrefix = options.channelPrefix;
    this.databaseIndex = options.db;
  }

  /** Returns at once; the connection follows in the background. */
  override start(callback?: () => void): void {
    this.warnOfSharedChannels();
    const clients = [this.subClient, this.pubClient] as Redis[];
    // Subscribing before there is a connection puts the commands into the client's offline queue, and ioredis
    // repeats them after each reconnect (autoResubscribe).
    const [subscriber, publisher] = clients as [Redis, Redis];
    this.bindEvents(subscriber, publisher);
    // Nothing is heard that was published before the connection on which it is heard.
    subscriber.on('connect', () => (this.heardUpToMs = performance.now()));
    this.stopPinging = keepPinging(
      () => clients,
      (client, askedAtMs) => {
        if (client === subscriber) this.heardUpToMs = Math.max(this.heardUpToMs, askedAtMs);
      },
    );
    // A failed first attempt is not the end: the retry strategy goes on. `error` listeners report it.
    for (const client of clients) void client.connect().catch(() => undefined);
    callback?.();
  }

  /** Numbered databases look like separate ones, and are not for what is published. */
  warnOfSharedChannels(): void {
    if (this.databaseIndex > 0 && this.channelPrefix === '')
      this.logger.warn(SHARED_CHANNELS_TEXT(this.databaseIndex));
  }

  override bindEvents(subscriber: Redis, publisher: Redis): void {
    const handle = this.getMessageHandler(publisher);
    subscriber.on('message', (channel, buffer) => void handle(channel, buffer));
    // Refused, which is logged: it is heard when Redis allows it after a reconnect.
    for (const pattern of this.messageHandlers.keys())
      void subscriber.subscribe(this.channelPrefix + pattern).catch(() => undefined);
  }

  override getMessageHandler(publisher: Redis): (channel: string, buffer: string) => Promise<unknown> {
    const handle = super.getMessageHandler(publisher) as (
      channel: string,
      buffer: string,
    ) => Promise<unknown>;
    return (channel, buffer) => handle(channel.slice(this.channelPrefix.length), buffer);
  }

  override getReplyPattern(pattern: string): string {
    return this.channelPrefix + super.getReplyPattern(pattern);
  }

  /**
   * A message that arrives now was published after this instant of the monotonic clock: Redis answers a ping in the order of
   * the messages. About a second ago when all is well; long ago when what Redis sends is held up on its way.
   */
  protected get publishedAfterMs(): number {
    return this.heardUpToMs;
  }

  override async createRedisClient(): Promise<Redis> {
    return coalesceWrites(logRejections((await super.createRedisClient()) as Redis, this.logger));
  }

  override getPublisher(
    pub: Redis,
    pattern: string,
    id: string,
    context: RedisContext,
  ): (response: object) => Promise<unknown> {
    const onPattern = super.getPublisher(pub, pattern, id, context) as (response: object) => Promise<unknown>;
    const inbox = inboxOf(this.channelPrefix, context.getMetadata());
    if (inbox === null) return onPattern;
    return async (response) => {
      const reply: unknown = this.serializer.serialize(Object.assign(response, { id }));
      try {
        return await pub.publish(inbox, JSON.stringify(reply));
      } catch (error) {
        // The right to publish on Nest's channels may be there without that for inboxes.
        if (!isReplyError(error)) throw error;
        return onPattern(response);
      }
    };
  }

  /** Nest parses each name of a channel as JSON first, and throws. */
  override getHandlerByPattern(pattern: string): MessageHandler | null {
    return this.messageHandlers.get(pattern) ?? super.getHandlerByPattern(pattern);
  }

  /** Hears no further message; what is being handled goes on and is answered. */
  stopListening(): void {
    const subscriber = this.subClient as Redis | undefined;
    if (subscriber?.status === 'ready') void subscriber.unsubscribe().catch(() => undefined);
  }

  override async close(): Promise<void> {
    this.isManuallyClosed = true;
    this.stopPinging?.();
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
