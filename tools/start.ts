import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { readOrMakeAuthSecret } from './auth-secret.ts';
import { build } from './build.ts';
import { signDevelopmentToken } from './development-token.ts';
import { type EmbeddedServer } from './embedded/embedded-server.interface.ts';
import { startPostgres } from './embedded/postgres.ts';
import { startRedis } from './embedded/redis.ts';
import { isSet, loadLocalEnvironment } from './local-environment.ts';
import { watchForOrphaning } from './orphan-watch.ts';
import { DATA, DIST, LOGS, ROOT } from './paths.ts';
import { curlLines } from './start/demonstration.ts';
import { checkListeners, takeStartLock, toLocalUrl, type Listeners } from './start/preflight.ts';
import { showStep } from './start/progress.ts';
import { describeEnd, startServiceChild, waitUntilReady, type ServiceName } from './start/service-child.ts';
import { Shutdown } from './start/shutdown.ts';

const run = promisify(execFile);
const shutdown = new Shutdown();
/** Set when a part has ended by itself. */
let failure: string | null = null;

class Interrupted extends Error {}

/** A step begins only while no signal has asked for the end. */
async function step<T>(...args: Parameters<typeof showStep<T>>): Promise<T> {
  if (shutdown.isRequested) throw new Interrupted();
  return showStep(...args);
}

function fail(message: string): void {
  if (shutdown.isRequested) return;
  failure = message;
  shutdown.request();
}

function keep(name: string, server: EmbeddedServer): void {
  shutdown.onStop(() => server.stop());
  void server.exited.then(() =>
    fail(`${name} has ended by itself; its last lines:\n${server.logTail().join('\n')}`),
  );
}

async function providePostgres(): Promise<string> {
  if (isSet('DATABASE_URL')) return process.env.DATABASE_URL!;
  const postgres = await step(
    'Postgres',
    (onProgress) =>
      startPostgres({ dataDir: join(DATA, 'postgres'), logFile: join(LOGS, 'postgres.log'), onProgress }),
    ({ url }) => `on ${url}`,
  );
  keep('Postgres', postgres);
  return postgres.url;
}

async function provideRedis(): Promise<string> {
  if (isSet('REDIS_URL')) return process.env.REDIS_URL!;
  const redis = await step(
    'Redis',
    (onProgress) => startRedis({ onProgress }),
    ({ url }) => `on ${url}`,
  );
  keep('Redis', redis);
  return redis.url;
}

async function migrate(databaseUrl: string): Promise<void> {
  const script = join(DIST, 'database/migrate.js');
  if (!existsSync(script)) throw new Error(`${script} is missing: remove dist/ and start again.`);
  try {
    const env = { ...process.env, DATABASE_URL: databaseUrl };
    await run(process.execPath, [script], { cwd: ROOT, env, signal: shutdown.signal });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`The migrations failed:\n${`${stdout}${stderr}`.trim() || (error as Error).message}`, {
      cause: error,
    });
  }
}

async function startServices(listeners: Listeners, env: NodeJS.ProcessEnv): Promise<[string, string]> {
  const startOne = async (name: ServiceName, port: number): Promise<string> => {
    const service = startServiceChild(name, env);
    services.push(service);
    const url = toLocalUrl(listeners.host, port);
    await waitUntilReady(service, url);
    void service.exited.then((how) => fail(describeEnd(service, how)));
    return url;
  };
  const services: ReturnType<typeof startServiceChild>[] = [];
  shutdown.onStop(async () => {
    await Promise.all(services.map((service) => service.stop()));
  });
  return step('Services', () =>
    Promise.all([
      startOne('booking-service', listeners.bookingPort),
      startOne('order-service', listeners.orderPort),
    ]),
  );
}

async function announce([bookingUrl, orderUrl]: [string, string], secret: string | null): Promise<void> {
  console.log(`\nbooking-service: ${bookingUrl}`);
  console.log(`order-service:   ${orderUrl}`);
  console.log(`documentation:   ${bookingUrl}/docs and ${orderUrl}/docs`);
  console.log(`logs:            ${LOGS}`);
  if (secret === null) {
    console.log('\nTokens come from the issuer behind AUTH_JWKS_URL, so none can be made here.');
  } else {
    const customerToken = await signDevelopmentToken(secret, { sub: 'customer-1', role: 'customer' });
    const transporterToken = await signDevelopmentToken(secret, {
      sub: 'transporter-1',
      role: 'transporter',
    });
    console.log(`\ncustomer token: ${customerToken}`);
    console.log(`transporter token: ${transporterToken}`);
    for (const [title, line] of curlLines({ bookingUrl, orderUrl, customerToken }))
      console.log(`\n# ${title}\n${line}`);
  }
  console.log('\nCtrl-C stops everything.');
}

async function start(): Promise<void> {
  loadLocalEnvironment();
  const lock = takeStartLock();
  shutdown.onStop(() => lock.release());
  const listeners = await checkListeners();
  await step('Build', () => build(shutdown.signal));
  const databaseUrl = await providePostgres();
  const redisUrl = await provideRedis();
  await step('Migrations', () => migrate(databaseUrl));
  const secret = isSet('AUTH_JWKS_URL') && !isSet('AUTH_JWT_SECRET') ? null : readOrMakeAuthSecret();
  const urls = await startServices(listeners, {
    NODE_ENV: 'development',
    ...process.env,
    HTTP_HOST: listeners.host,
    BOOKING_PORT: String(listeners.bookingPort),
    ORDER_PORT: String(listeners.orderPort),
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    ...(secret === null ? {} : { AUTH_JWT_SECRET: secret }),
  });
  await announce(urls, secret);
}

async function main(): Promise<void> {
  watchForOrphaning(() => shutdown.request());
  try {
    await start();
    // Nothing that runs beside this process keeps it alive.
    const heartbeat = setInterval(() => undefined, 60_000);
    await shutdown.requested();
    clearInterval(heartbeat);
  } catch (error) {
    if (!shutdown.isRequested) failure = (error as Error).message;
  }
  if (failure !== null) {
    console.error(failure);
    process.exitCode = 1;
  } else {
    console.log('\nStopping …');
  }
  await shutdown.run();
  if (failure === null) console.log('Stopped.');
}

await main();
