import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { RedisBreaker } from './redis.breaker.ts';

/** A broadcast, as the key names it. */
export interface HintedBroadcast {
  readonly kind: string;
  readonly id: string;
}

const KEY_PREFIX = 'customer:active-broadcast:';
const TOMBSTONE_PREFIX = 'customer:closed-broadcast:';

/** Refused when the broadcast has ended already: a creator that was paused after its commit comes too late. */
const SET_UNLESS_CLOSED = `
  if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
  return 1`;

/** The tombstone comes first; the key goes only if it names the broadcast that has ended. */
const CLOSE = `
  redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;

const DELETE_IF_SAME = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;

interface HintClient extends Redis {
  customerBroadcastSet(key: string, tombstone: string, value: string, endsAtMs: number): Promise<0 | 1>;
  customerBroadcastClose(key: string, tombstone: string, value: string, lifetimeMs: number): Promise<0 | 1>;
  customerBroadcastDelete(key: string, value: string): Promise<0 | 1>;
}

/**
 * The key `customer:active-broadcast:{customerId}`, whose value is `kind:id`. The only file that knows it. It is a hint: it
 * may be missing, and it may be stale until somebody looks; it never names a broadcast that ended before it was written.
 *
 * Every method rejects when Redis is away; the caller decides what that means (for a request: nothing).
 *
 * @see docs/decisions/0002-redis-is-a-hint.md
 */
@Injectable()
export class ActiveBroadcastHint implements OnModuleDestroy {
  readonly breaker: RedisBreaker;
  private readonly client: HintClient;
  private readonly graceMs: number;
  private readonly lifetimeMs: number;

  constructor(@Inject(RESOLVED_OPTIONS) options: ResolvedOptions) {
    const client = options.redis;
    client.defineCommand('customerBroadcastSet', { numberOfKeys: 2, lua: SET_UNLESS_CLOSED });
    client.defineCommand('customerBroadcastClose', { numberOfKeys: 2, lua: CLOSE });
    client.defineCommand('customerBroadcastDelete', { numberOfKeys: 1, lua: DELETE_IF_SAME });
    this.client = client as HintClient;
    this.graceMs = options.keyGraceSeconds * 1000;
    this.lifetimeMs = options.broadcastTimeoutSeconds * 1000 + this.graceMs;
    this.breaker = RedisBreaker.forQuorum('key', [client]);
  }

  onModuleDestroy(): void {
    this.breaker.stop();
  }

  /** @returns the value as it stands, for {@link deleteIfSame}; null without a key */
  read(customerId: string): Promise<string | null> {
    return this.breaker.run(() => this.client.get(KEY_PREFIX + customerId));
  }

  /**
   * Sets the key, unless the broadcast is known to be over. It ends at an absolute time, so that a write that was held up
   * does not live on.
   *
   * @returns false when the broadcast has ended and nothing was written
   */
  async set(customerId: string, broadcast: HintedBroadcast, expiresAt: Date): Promise<boolean> {
    const endsAtMs = expiresAt.getTime() + this.graceMs;
    const written = await this.breaker.run(() =>
      this.client.customerBroadcastSet(
        KEY_PREFIX + customerId,
        TOMBSTONE_PREFIX + broadcast.id,
        valueOf(broadcast),
        endsAtMs,
      ),
    );
    return written === 1;
  }

  /**
   * The broadcast is over: deletes the key if it names this one, and refuses any write of it from now on. Safe to call
   * again and at any later time; the key of a newer broadcast stays.
   *
   * @returns whether a key was deleted
   */
  async close(customerId: string, broadcast: HintedBroadcast): Promise<boolean> {
    // The tombstone lives as long as a key could that was written for this broadcast a moment ago.
    const deleted = await this.breaker.run(() =>
      this.client.customerBroadcastClose(
        KEY_PREFIX + customerId,
        TOMBSTONE_PREFIX + broadcast.id,
        valueOf(broadcast),
        this.lifetimeMs,
      ),
    );
    return deleted === 1;
  }

  /** Deletes the key if it still has this value. @returns whether it was deleted */
  async deleteIfSame(customerId: string, value: string): Promise<boolean> {
    return (
      (await this.breaker.run(() => this.client.customerBroadcastDelete(KEY_PREFIX + customerId, value))) ===
      1
    );
  }

  /** One step of a walk over all keys; a cursor of '0' begins it and ends it. */
  async scan(cursor: string, count: number): Promise<{ cursor: string; customerIds: string[] }> {
    const [next, keys] = await this.breaker.run(() =>
      this.client.scan(cursor, 'MATCH', `${KEY_PREFIX}*`, 'COUNT', count),
    );
    return { cursor: next, customerIds: keys.map((key) => key.slice(KEY_PREFIX.length)) };
  }

  /** The values of several keys, in the order of the customers. */
  readMany(customerIds: readonly string[]): Promise<(string | null)[]> {
    if (customerIds.length === 0) return Promise.resolve([]);
    return this.breaker.run(() => this.client.mget(customerIds.map((id) => KEY_PREFIX + id)));
  }
}

/** How the key names a broadcast. */
export function valueOf({ kind, id }: HintedBroadcast): string {
  return `${kind}:${id}`;
}
