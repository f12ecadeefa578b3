/** Levels that `LOG_LEVEL` accepts. @publicApi */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** One of {@link LOG_LEVELS}. @publicApi */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How tokens are verified; at least one of `jwtSecret` and `jwksUrl` is set. @publicApi */
export interface AuthEnvironment {
  /** Key for HS256, 32 bytes or more. */
  readonly jwtSecret?: string;
  /** Where the issuer publishes its public keys. */
  readonly jwksUrl?: string;
  /** The `iss` a token must carry; unset means any. */
  readonly issuer?: string;
  /** The `aud` a token must carry; unset means any. */
  readonly audience?: string;
}

/** What a process was told at its start, parsed and checked once. @publicApi */
export interface Environment {
  readonly databaseUrl: string;
  /**
   * Connections in one process's pool. After an outage all of them may be opened at once, and each is a process that Postgres has to
   * start; more than a few for each of its cores add nothing.
   *
   * @default 10
   * @see https://github.com/brettwooldridge/HikariCP/wiki/About-Pool-Sizing
   */
  readonly databasePoolSize: number;
  readonly redisUrl: string;
  /**
   * Before every key and channel, for applications that share a Redis: database numbers keep keys apart, not channels. 0 to 64
   * letters, digits and `:._-`. @default ''
   */
  readonly redisPrefix: string;
  /** Independent masters of the lock's quorum. @default [redisUrl] */
  readonly redisLockUrls: readonly string[];
  /** 0 means any free port. @default 3001 */
  readonly bookingPort: number;
  /** 0 means any free port. @default 3002 */
  readonly orderPort: number;
  /** @default '0.0.0.0' */
  readonly httpHost: string;
  /** Seconds, 1 to 86400. @default 120 */
  readonly broadcastTimeoutSeconds: number;
  /** `external` means that a CronJob runs the expiry. @default 'scheduled' */
  readonly expiryMode: 'scheduled' | 'external';
  /** Milliseconds, 50 to 3600000. @default 1000 */
  readonly expiryIntervalMs: number;
  /** Milliseconds between two comparisons of the keys in Redis with Postgres, 1000 to 3600000. @default 30000 */
  readonly reconcileIntervalMs: number;
  /** How long a delivered event is kept, hours, 1 to 87600. @default 24 */
  readonly outboxRetentionHours: number;
  /** How long the history is kept, days, 0 to 36500; 0 is for ever. @default 0 */
  readonly historyRetentionDays: number;
  /** `external` means that a dispatcher of your own reports `dispatched`. @default 'embedded' */
  readonly dispatcherMode: 'embedded' | 'external';
  readonly auth: AuthEnvironment;
  /** @default 'info' */
  readonly logLevel: LogLevel;
  /** Writes that one user may make in a second, for each process; 0 is off. @default 20 */
  readonly writesPerSecondPerUser: number;
  /** Requests that one address may make in a second, for each process; 0 is off. @default 0 */
  readonly requestsPerSecondPerAddress: number;
}

/** Token under which the {@link Environment} is injected. @publicApi */
export const ENVIRONMENT = Symbol('ENVIRONMENT');
