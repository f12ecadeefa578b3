import { type ClientProxy, ClientRedis } from '@nestjs/microservices';
import type { ReadPacket } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import { redisTransportOptions, type RedisTransportOptions } from './redis-transport.options.ts';
import { keepPinging, sayGoodbye } from './redis-liveness.ts';
import { logRejections } from './redis-rejections.ts';
import { coalesceWrites } from './redis-writes.ts';
import { logStateChanges } from './redis.client.ts';
import { newInbox, withInbox } from './reply-inbox.ts';

/**
 * Nest's client of the Redis transport, for processes that must not end with it: a publish or an unsubscribe that Redis
 * refuses is logged, and whoever waits for the answer times out. Nest's own leaves its rejection to nobody, which ends a
 * process. Reconnects for ever; one line when the connection is lost and one when it is back.
 *
 * Nest publishes all answers to a pattern on one channel, so with n replicas each answer is read n times. A
 * {@link HealingRedisServer} answers on a channel that this process alone hears; any other server on Nest's, which is heard too.
 */
class HealingRedisClient extends ClientRedis {
  private stopPinging: (() => void) | undefined;
  private readonly prefix: string;
  private readonly inbox: string;
  private hearsInbox = false;

  constructor(options: RedisTransportOptions) {
    super({ ...options });
    this.prefix = options.channelPrefix;
    this.inbox = newInbox(this.prefix);
    this.setOnDispatchHook((packet) => {
      if (this.hearsInbox) packet.metadata = withInbox(this.inbox, packet.metadata);
    });
  }

  /** Nest subscribes again only when nobody waits for an answer: without a ping a silent connection could stay for ever. */
  override connect(): Promise<unknown> {
    this.stopPinging ??= keepPinging(() => this.connections);
    return super.connect();
  }

  /** Also when Redis is silent; whoever still waits for an answer gets an error. It may be used again afterwards. */
  override async close(): Promise<void> {
    this.stopPinging?.();
    this.stopPinging = undefined;
    this.isManuallyClosed = true;
    await Promise.all(this.connections.map(sayGoodbye));
    // Nest would say goodbye once more, and wait for the answer.
    Object.assign(this, { pubClient: null, subClient: null });
    await super.close();
  }

  private get connections(): Redis[] {
    return ([this.pubClient, this.subClient] as (Redis | null | undefined)[]).filter(
      (client) => client !== null && client !== undefined,
    );
  }

  override async createClient(): Promise<Redis> {
    return coalesceWrites(logRejections((await super.createClient()) as Redis, this.logger));
  }

  override registerReadyListener(client: Redis): void {
    super.registerReadyListener(client);
    if (client !== this.subClient) return;
    client.on('ready', () => {
      // Refused, which is logged: answers come on Nest's channel.
      client.subscribe(this.inbox).then(
        () => (this.hearsInbox = true),
        () => undefined,
      );
    });
    client.on('close', () => {
      this.hearsInbox = false;
      // Whether the next connection is given them again is not relied on: who asks then subscribes.
      this.subscriptionsCount.clear();
    });
  }

  override getRequestPattern(pattern: string): string {
    return this.prefix + super.getRequestPattern(pattern);
  }

  override getReplyPattern(pattern: string): string {
    return this.prefix + super.getReplyPattern(pattern);
  }

  /** Nest publishes an event on a channel of the pattern as it stands. */
  protected override async dispatchEvent<T>(packet: ReadPacket): Promise<T> {
    const channel = this.getRequestPattern(this.normalizePattern(packet.pattern as string));
    return (await (this.pubClient as Redis).publish(
      channel,
      JSON.stringify(this.serializer.serialize(packet)),
    )) as T;
  }

  /**
   * A channel of answers stays heard until the connection is lost. Nest leaves it with the last answer that is waited for, and
   * enters it again for each question that is asked before the first of them has entered: two commands more for an event.
   */
  override unsubscribeFromChannel(channel: string): void {
    const waiting = this.subscriptionsCount.get(channel);
    if (waiting !== undefined) this.subscriptionsCount.set(channel, Math.max(waiting - 1, 1));
  }

  /** Nest logs each failed attempt as an error; an outage of an hour would be 28,000 lines. */
  override registerErrorListener(client: Redis): void {
    logStateChanges(client, client === this.subClient ? 'client-subscriber' : 'client-publisher');
  }
}

/**
 * A client of the Redis transport that connects when it is first used. The caller closes it.
 *
 * @param channelPrefix that of the services it talks to. @default ''
 * @example createTransportClient(env.redisUrl, env.redisPrefix).send('booking.get', { id, actor })
 * @see HealingRedisClient
 * @publicApi
 */
export function createTransportClient(url: string, channelPrefix = ''): ClientProxy {
  // Nest's own factory casts as well: the states that its Redis client reports are narrower than those of any client.
  return new HealingRedisClient(redisTransportOptions(url, channelPrefix)) as unknown as ClientProxy;
}
