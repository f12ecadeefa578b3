import { describe, expect, test } from '@jest/globals';
import { EnvironmentError } from './environment.exception.ts';
import { loadEnvironment } from './environment.ts';

const SECRET = 's3cr3t-'.repeat(6);
const MINIMAL = {
  DATABASE_URL: 'postgres://app:pw@db:5432/app',
  REDIS_URL: 'redis://cache:6379',
  AUTH_JWT_SECRET: SECRET,
};

function complaintsAbout(source: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadEnvironment(source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.lines;
    throw error;
  }
  return [];
}

describe('loadEnvironment', () => {
  test('fills in the documented defaults', () => {
    expect(loadEnvironment(MINIMAL)).toEqual({
      databaseUrl: MINIMAL.DATABASE_URL,
      databasePoolSize: 10,
      redisUrl: MINIMAL.REDIS_URL,
      redisPrefix: '',
      redisLockUrls: [MINIMAL.REDIS_URL],
      bookingPort: 3001,
      orderPort: 3002,
      httpHost: '0.0.0.0',
      broadcastTimeoutSeconds: 120,
      expiryMode: 'scheduled',
      expiryIntervalMs: 1000,
      reconcileIntervalMs: 30_000,
      outboxRetentionHours: 24,
      historyRetentionDays: 0,
      dispatcherMode: 'embedded',
      auth: { jwtSecret: SECRET, jwksUrl: undefined, issuer: undefined, audience: undefined },
      logLevel: 'info',
      writesPerSecondPerUser: 20,
      requestsPerSecondPerAddress: 0,
    });
  });

  test('reads several lock masters and port 0', () => {
    const env = loadEnvironment({
      ...MINIMAL,
      REDIS_LOCK_URLS: 'redis://a:1, redis://b:2',
      BOOKING_PORT: '0',
    });
    expect(env.redisLockUrls).toEqual(['redis://a:1', 'redis://b:2']);
    expect(env.bookingPort).toBe(0);
  });

  test('treats an empty variable as unset', () => {
    expect(loadEnvironment({ ...MINIMAL, ORDER_PORT: '', AUTH_ISSUER: ' ' })).toMatchObject({
      orderPort: 3002,
      auth: { issuer: undefined },
    });
  });

  test('reports everything that is missing, one line each', () => {
    const lines = complaintsAbout({});
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['REDIS_URL', 'DATABASE_URL', 'AUTH_JWT_SECRET']);
    expect(lines.every((line) => line.includes('is missing') && line.includes('Example: '))).toBe(true);
  });

  test.each([
    ['DATABASE_URL', 'mysql://db/app', 'is "mysql://db/app", not a URL that starts with postgres://'],
    ['REDIS_URL', 'localhost:6379', 'is "localhost:6379", not a URL that starts with redis:// or rediss://'],
    ['REDIS_LOCK_URLS', 'redis://a,,redis://b', 'is ""'],
    ['REDIS_PREFIX', 'a*', 'is "a*", not 1 to 64 letters, digits and ":._-"'],
    ['BOOKING_PORT', '70000', 'is "70000", not a whole number from 0 to 65535'],
    ['BROADCAST_TIMEOUT_SECONDS', '0', 'is "0", not a whole number from 1 to 86400'],
    ['BROADCAST_TIMEOUT_SECONDS', '1.5', 'is "1.5"'],
    ['EXPIRY_INTERVAL_MS', '1e3', 'is "1e3"'],
    ['RECONCILE_INTERVAL_MS', '10', 'is "10", not a whole number from 1000 to 3600000'],
    ['EXPIRY_MODE', 'cron', 'is "cron", not one of scheduled, external'],
    ['DISPATCHER_MODE', 'none', 'is "none", not one of embedded, external'],
    ['LOG_LEVEL', 'verbose', 'is "verbose", not one of fatal, error'],
    ['AUTH_JWKS_URL', 'not a url', 'is "not a url"'],
    ['RATE_LIMIT_WRITES_PER_SECOND', '-1', 'is "-1"'],
  ])('names %s when it is %j', (name, value, complaint) => {
    const lines = complaintsAbout({ ...MINIMAL, [name]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${name} ${complaint}`);
    expect(lines[0]).toContain(`Example: ${name}=`);
  });

  test('refuses a short secret without showing it', () => {
    const [line] = complaintsAbout({ ...MINIMAL, AUTH_JWT_SECRET: 'too-short' });
    expect(line).toContain('AUTH_JWT_SECRET has 9 bytes, 32 or more are needed');
    expect(line).not.toContain('too-short');
  });

  test('never shows the password of a wrong URL', () => {
    const [line] = complaintsAbout({ ...MINIMAL, DATABASE_URL: 'mysql://app:p@ss:word@db/app' });
    expect(line).toContain('is "mysql://***@db/app"');
    expect(line).not.toContain('ss:word');
  });

  test('accepts published keys in place of a secret', () => {
    const { auth } = loadEnvironment({
      ...MINIMAL,
      AUTH_JWT_SECRET: '',
      AUTH_JWKS_URL: 'https://idp/jwks.json',
    });
    expect(auth).toMatchObject({ jwtSecret: undefined, jwksUrl: 'https://idp/jwks.json' });
  });
});
