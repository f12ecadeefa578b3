import { type ClientProxy, ClientRedis } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import { redisTransportOptions, type RedisTransportOptions } from './redis-transport.options.ts';
import { keepPinging, sayGoodbye } from './redis-liveness.ts';
import { logRejections } from './redis-rejections.ts';
import { coalesceWrites } from './redis-writes.ts';
import { logStateChanges } from './redis.client.ts';

/**
 * Nest's client of the Redis transport, for processes that must not end with it: a publish or an unsubscribe that Redis
 * refuses is logged, and whoever waits for the answer times out. Nest's own leaves its rejection to nobody, which ends a
 * process. Reconnects for ever; one line when the connection is lost and one when it is back.
 */
class HealingRedisClient extends ClientRedis {
  private stopPinging: (() => void) | undefined;

  constructor(options: RedisTransportOptions) {
    super({ ...options });
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

  /** Nest logs each failed attempt as an error; an outage of an hour would be 28,000 lines. */
  override registerErrorListener(client: Redis): void {
    logStateChanges(client, client === this.subClient ? 'client-subscriber' : 'client-publisher');
  }
}

/**
 * A client of the Redis transport that connects when it is first used. The caller closes it.
 *
 * @example createTransportClient(env.redisUrl).send('booking.get', { id, actor })
 * @see HealingRedisClient
 * @publicApi
 */
export function createTransportClient(url: string): ClientProxy {
  // Nest's own factory casts as well: the states that its Redis client reports are narrower than those of any client.
  return new HealingRedisClient(redisTransportOptions(url)) as unknown as ClientProxy;
}
