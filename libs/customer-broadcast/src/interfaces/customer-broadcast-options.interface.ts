import type { ExecutionContext } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import type { Cluster, Redis } from 'ioredis';

/**
 * Options of `CustomerBroadcastModule.forRoot`.
 *
 * @publicApi
 */
export interface CustomerBroadcastModuleOptions {
  /**
   * Client for the key and the lock. Left out, the check and the slot in Postgres are the whole guard: nothing is promised
   * less, and a refusal costs a query. It must fail fast, or a dead Redis costs more than the breaker promises:
   * `enableOfflineQueue: false`, `autoResendUnfulfilledCommands: false`, `maxRetriesPerRequest: 0`,
   * `commandTimeout: 100`. Of a `Cluster`, the last two belong into its `redisOptions`.
   */
  readonly redis?: Redis | Cluster;
  /**
   * Clients of the independent masters on which the lock needs a majority, configured as `redis`. An odd number:
   * with an even one a split vote has no winner.
   *
   * @default [redis]
   */
  readonly lockRedis?: readonly (Redis | Cluster)[];
  /**
   * Before the key, its tombstone and the lock, for applications that share a Redis; the transport has a prefix of its own
   * for its channels. 0 to 64 letters, digits and `:._-`. @default ''
   */
  readonly redisPrefix?: string;
  /** Nest client of the Redis transport, over which the relay delivers; with `retryAttempts` set, or it never reconnects. */
  readonly events: ClientProxy;
  /**
   * The id of the customer for whom a request is made, from the request (HTTP), the payload (RPC, WebSockets) or GraphQL's
   * context: 1 to 128 visible ASCII characters. It may be called several times for one request. Throws what the application
   * answers to a stranger, and to a user who is no customer.
   */
  readonly customer: (context: ExecutionContext) => string;
  /** Whose an idempotency key is: the id of the user who asks, where users who are no customers do. @default customer */
  readonly caller?: (context: ExecutionContext) => string;
  /**
   * Path under which callers reach the routes of the kinds, where it is not Nest's global prefix: that of a gateway, say. Begins with
   * a slash and ends with none, or is empty. @default the global prefix
   */
  readonly linkPrefix?: string;
  /** How long a broadcast may be on the air, seconds, 1 to 2_147_483. @default 120 */
  readonly broadcastTimeoutSeconds?: number;
  /** What the key lives longer than its broadcast, seconds, 0 to 2_147_483. @default 60 */
  readonly keyGraceSeconds?: number;
  /**
   * How long the lock may outlive a process that dies with it, and the longest that a forged one refuses, milliseconds, 1 to
   * 2_147_483_647. The same for all processes: the shorter one wins. @default 10_000
   */
  readonly lockTtlMs?: number;
  /** Pause between two looks into the outbox when nothing wakes the relay, milliseconds, 1 to 2_147_483_647. @default 40 */
  readonly relayIntervalMs?: number;
  /** How long a listener may take to acknowledge an event, milliseconds, 1 to 2_147_483_647. @default 1000 */
  readonly acknowledgeTimeoutMs?: number;
  /** Pause between two comparisons of keys and rows, milliseconds, 1 to 2_147_483_647. @default 30_000 */
  readonly reconcileIntervalMs?: number;
  /**
   * Pause between two comments that keep a quiet stream of the live view open, milliseconds, 1 to 2_147_483_647. Less than
   * the idle limit of every proxy on the way. @default 15_000
   */
  readonly heartbeatIntervalMs?: number;
  /** How long a delivered event is kept, hours, 1 to 87_600. @default 24 */
  readonly outboxRetentionHours?: number;
  /** How long the history is kept, days, 0 to 36_500; 0 is for ever. @default 0 */
  readonly historyRetentionDays?: number;
  /** `external`: something else runs `expireDue`, for example a CronJob. @default 'scheduled' */
  readonly expiryMode?: 'scheduled' | 'external';
  /** Pause between two sweeps for overdue broadcasts, milliseconds, 1 to 2_147_483_647; a deadline in between has a timer. @default 1000 */
  readonly expiryIntervalMs?: number;
  /** Whether this process runs relay, reconciler and expiry worker. @default true */
  readonly background?: boolean;
}

/** The options with every default filled in. Only Nest knows that of `linkPrefix`. */
export type ResolvedOptions = Required<Omit<CustomerBroadcastModuleOptions, 'redis' | 'linkPrefix'>> &
  Pick<CustomerBroadcastModuleOptions, 'redis' | 'linkPrefix'>;

/** The options where a Redis is given. */
export type OptionsWithRedis = ResolvedOptions & { readonly redis: Redis | Cluster };

export function hasRedis(options: ResolvedOptions): options is OptionsWithRedis {
  return options.redis !== undefined;
}
