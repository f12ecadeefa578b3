import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { OptionsWithRedis } from '../interfaces/customer-broadcast-options.interface.ts';
import type { PublicMembers } from '../interfaces/public-members.interface.ts';
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
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[2])
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;

/** Only under the tombstone that was found false: another one has come since, and may be true. */
const REOPEN = `
  if redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
  redis.call('DEL', KEYS[2])
  redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
  return 1`;

const DELETE_IF_SAME = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
  return 0`;

interface HintCommands {
  customerBroadcastSet(key: string, tombstone: string, value: string, endsAtMs: number): Promise<0 | 1>;
  customerBroadcastClose(
    key: string,
    tombstone: string,
    value: string,
    lifetimeMs: number,
    mark: string,
  ): Promise<0 | 1>;
  customerBroadcastReopen(
    key: string,
    tombstone: string,
    value: string,
    endsAtMs: number,
    mark: string,
  ): Promise<0 | 1>;
  customerBroadcastDelete(key: string, value: string): Promise<0 | 1>;
}

/**
 * The key `customer:active-broadcast:{customerId}`, after the prefix of the options; its value is `kind:id`. The only file
 * that knows it. It is a hint: it may be missing, and it may be stale until it is looked at; it never names a broadcast that
 * ended before it was written.
 *
 * Every method rejects when Redis is away; the caller decides what that means (for a request: nothing).
 *
 * @see docs/decisions/0002-redis-is-a-hint.md
 */
export class ActiveBroadcastHint implements OnModuleInit, OnModuleDestroy {
  readonly breaker: PublicMembers<RedisBreaker>;
  private readonly client: (Redis | Cluster) & HintCommands;
  private readonly graceMs: number;
  private readonly lifetimeMs: number;
  private readonly prefix: string;

  constructor(options: OptionsWithRedis) {
    const client = options.redis;
    client.defineCommand('customerBroadcastSet', { numberOfKeys: 2, lua: SET_UNLESS_CLOSED });
    client.defineCommand('customerBroadcastClose', { numberOfKeys: 2, lua: CLOSE });
    client.defineCommand('customerBroadcastReopen', { numberOfKeys: 2, lua: REOPEN });
    client.defineCommand('customerBroadcastDelete', { numberOfKeys: 1, lua: DELETE_IF_SAME });
    this.client = client as typeof client & HintCommands;
    this.prefix = options.redisPrefix;
    this.graceMs = options.keyGraceSeconds * 1000;
    this.lifetimeMs = options.broadcastTimeoutSeconds * 1000 + this.graceMs;
    this.breaker = RedisBreaker.forQuorum('key', [client]);
  }

  /** The first request of a process uses the key too. */
  onModuleInit(): Promise<void> {
    return this.breaker.firstLook;
  }

  onModuleDestroy(): void {
    this.breaker.stop();
  }

  /** @returns the value as it stands, for {@link deleteIfSame}; null without a key */
  read(customerId: string): Promise<string | null> {
    return this.breaker.run(() => this.client.get(this.keyOf(customerId)));
  }

  /**
   * Sets the key, unless the broadcast is known to be over. It ends at an absolute time, so that a write that was held up
   * does not live on.
   *
   * @param expiresAt null for a broadcast without a deadline: the key lives as long as one with the time-out of the options
   * @returns false when the broadcast has ended and nothing was written
   */
  async set(customerId: string, broadcast: HintedBroadcast, expiresAt: Date | null): Promise<boolean> {
    const written = await this.breaker.run(() =>
      this.client.customerBroadcastSet(
        this.keyOf(customerId),
        this.tombstoneOf(customerId, broadcast),
        valueOf(broadcast),
        this.endOf(expiresAt),
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
        this.keyOf(customerId),
        this.tombstoneOf(customerId, broadcast),
        valueOf(broadcast),
        this.lifetimeMs,
        randomUUID(),
      ),
    );
    return deleted === 1;
  }

  /** @returns what marks the broadcast as ended, for {@link reopen}; null when nothing does */
  readTombstone(customerId: string, broadcast: HintedBroadcast): Promise<string | null> {
    return this.breaker.run(() => this.client.get(this.tombstoneOf(customerId, broadcast)));
  }

  /**
   * Sets the key although the broadcast was marked as ended, because it is not: the mark was read before Postgres was asked, and
   * a true one is only made after the commit of the end. Anybody who may publish can have a false one made.
   *
   * @returns false when the mark is not the same any more, and nothing was written
   */
  async reopen(
    customerId: string,
    broadcast: HintedBroadcast,
    expiresAt: Date | null,
    mark: string,
  ): Promise<boolean> {
    const written = await this.breaker.run(() =>
      this.client.customerBroadcastReopen(
        this.keyOf(customerId),
        this.tombstoneOf(customerId, broadcast),
        valueOf(broadcast),
        this.endOf(expiresAt),
        mark,
      ),
    );
    return written === 1;
  }

  /** @returns milliseconds since the epoch */
  private endOf(expiresAt: Date | null): number {
    return expiresAt ? expiresAt.getTime() + this.graceMs : Date.now() + this.lifetimeMs;
  }

  /** Deletes the key if it still has this value. @returns whether it was deleted */
  async deleteIfSame(customerId: string, value: string): Promise<boolean> {
    return (
      (await this.breaker.run(() => this.client.customerBroadcastDelete(this.keyOf(customerId), value))) === 1
    );
  }

  /** The customers who have a key, page by page. One may come twice; one whose key comes or goes meanwhile may be missing. */
  async *walk(pageSize: number): AsyncGenerator<string[]> {
    const { client } = this;
    const nodes = client.isCluster ? (client as Cluster).nodes('master') : [client as Redis];
    for (const node of nodes) {
      let cursor = '0';
      do {
        const [next, keys] = await this.breaker.run(() =>
          node.scan(cursor, 'MATCH', `${this.keyOf('')}*`, 'COUNT', pageSize),
        );
        cursor = next;
        yield keys.map((key) => key.slice(this.keyOf('').length));
      } while (cursor !== '0');
    }
  }

  /** The values of several keys, one for each customer in turn; null also for what is no string. */
  readMany(customerIds: readonly string[]): Promise<(string | null)[]> {
    const { client } = this;
    const keys = customerIds.map((id) => this.keyOf(id));
    if (keys.length === 0) return Promise.resolve([]);
    if (!client.isCluster) return this.breaker.run(() => client.mget(keys));
    // One command for each, as they may lie on several nodes; and not GET, which fails on what is no string.
    return this.breaker.run(async () => (await Promise.all(keys.map((key) => client.mget(key)))).flat());
  }

  private keyOf(customerId: string): string {
    return this.prefix + KEY_PREFIX + customerId;
  }

  /**
   * The tombstone of a broadcast. The scripts need it on the node that has the key, so it names in braces what a Redis Cluster
   * hashes of the key: all of it, or what braces of the customer's own enclose. Only of an id with a `}` that closes nothing
   * a Cluster refuses both, and such a customer goes without a key.
   *
   * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
   */
  private tombstoneOf(customerId: string, { id }: HintedBroadcast): string {
    const key = this.keyOf(customerId);
    const hashed = /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
    return `${this.prefix}${TOMBSTONE_PREFIX}{${hashed}}:${id}`;
  }
}

/** How the key names a broadcast. */
export function valueOf({ kind, id }: HintedBroadcast): string {
  return `${kind}:${id}`;
}
