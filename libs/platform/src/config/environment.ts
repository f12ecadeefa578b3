import { LOG_LEVELS, type AuthEnvironment, type Environment } from './environment.interface.ts';
import { EnvironmentReader } from './environment.reader.ts';

/** RFC 7518, section 3.2: a key for HS256 has at least the size of the hash. */
const MIN_SECRET_BYTES = 32;
const DATABASE_EXAMPLE = 'postgres://app:password@localhost:5432/broadcasts';
const REDIS_EXAMPLE = 'redis://localhost:6379';
/** Without what a search for keys or a Redis Cluster gives a meaning: asterisks and braces. */
const REDIS_PREFIX = /^[\w:.-]{0,64}$/;
const REDIS_PROTOCOLS = ['redis:', 'rediss:'];

/**
 * The checked environment of this process. Unset or empty variables take their defaults.
 *
 * @throws EnvironmentError with one line for each wrong or missing variable; a secret is never part of a line
 * @publicApi
 */
export function loadEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const read = new EnvironmentReader(source);
  const redisUrl = read.url('REDIS_URL', REDIS_PROTOCOLS, REDIS_EXAMPLE);
  const environment: Environment = {
    databaseUrl: read.url('DATABASE_URL', ['postgres:', 'postgresql:'], DATABASE_EXAMPLE),
    databasePoolSize: read.integer('DATABASE_POOL_SIZE', { fallback: 10, min: 2, max: 1_000 }),
    redisUrl,
    redisPrefix: readRedisPrefix(read),
    redisLockUrls: read.urls(
      'REDIS_LOCK_URLS',
      REDIS_PROTOCOLS,
      'redis://one:6379,redis://two:6379',
      redisUrl,
    ),
    bookingPort: read.integer('BOOKING_PORT', { fallback: 3001, min: 0, max: 65_535 }),
    orderPort: read.integer('ORDER_PORT', { fallback: 3002, min: 0, max: 65_535 }),
    httpHost: read.text('HTTP_HOST') ?? '0.0.0.0',
    broadcastTimeoutSeconds: read.integer('BROADCAST_TIMEOUT_SECONDS', {
      fallback: 120,
      min: 1,
      max: 86_400,
    }),
    expiryMode: read.oneOf('EXPIRY_MODE', ['scheduled', 'external'], 'scheduled'),
    // Below 50 ms the worker would do nothing but poll.
    expiryIntervalMs: read.integer('EXPIRY_INTERVAL_MS', { fallback: 1_000, min: 50, max: 3_600_000 }),
    reconcileIntervalMs: read.integer('RECONCILE_INTERVAL_MS', {
      fallback: 30_000,
      min: 1_000,
      max: 3_600_000,
    }),
    outboxRetentionHours: read.integer('OUTBOX_RETENTION_HOURS', { fallback: 24, min: 1, max: 87_600 }),
    historyRetentionDays: read.integer('HISTORY_RETENTION_DAYS', { fallback: 0, min: 0, max: 36_500 }),
    dispatcherMode: read.oneOf('DISPATCHER_MODE', ['embedded', 'external'], 'embedded'),
    auth: readAuth(read),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    writesPerSecondPerUser: read.integer('RATE_LIMIT_WRITES_PER_SECOND', {
      fallback: 20,
      min: 0,
      max: 1_000_000,
    }),
    requestsPerSecondPerAddress: read.integer('RATE_LIMIT_PER_ADDRESS_PER_SECOND', {
      fallback: 0,
      min: 0,
      max: 1_000_000,
    }),
  };
  read.finish();
  return environment;
}

function readRedisPrefix(read: EnvironmentReader): string {
  const prefix = read.text('REDIS_PREFIX') ?? '';
  if (!REDIS_PREFIX.test(prefix))
    read.complain('REDIS_PREFIX', `is "${prefix}", not 1 to 64 letters, digits and ":._-"`, 'staging:');
  return prefix;
}

function readAuth(read: EnvironmentReader): AuthEnvironment {
  const jwtSecret = read.text('AUTH_JWT_SECRET');
  const jwksUrl = read.text('AUTH_JWKS_URL');
  const secretExample = '$(openssl rand -hex 32)';
  if (jwtSecret === undefined && jwksUrl === undefined) {
    read.complain(
      'AUTH_JWT_SECRET',
      'is missing, and so is AUTH_JWKS_URL; one of them is needed',
      secretExample,
    );
  }
  if (jwtSecret !== undefined && Buffer.byteLength(jwtSecret) < MIN_SECRET_BYTES) {
    const length = Buffer.byteLength(jwtSecret);
    read.complain(
      'AUTH_JWT_SECRET',
      `has ${length} bytes, ${MIN_SECRET_BYTES} or more are needed`,
      secretExample,
    );
  }
  if (jwksUrl !== undefined) {
    read.url('AUTH_JWKS_URL', ['http:', 'https:'], 'https://login.example.com/.well-known/jwks.json');
  }
  return { jwtSecret, jwksUrl, issuer: read.text('AUTH_ISSUER'), audience: read.text('AUTH_AUDIENCE') };
}
