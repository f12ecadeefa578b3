import { pino, type Logger } from 'pino';
import type { AddressInfo } from 'node:net';
import { EnvironmentError } from '../config/environment.exception.ts';
import { loadEnvironment } from '../config/environment.ts';
import type { Environment } from '../config/environment.interface.ts';
import { createLogger } from '../observability/logger.ts';
import { drainAndClose } from './drain.ts';
import { limitHeapGrowth } from './heap-growth.ts';
import { shrinkHeap } from './heap-shrink.ts';
import { createServiceApp, type RootModule, type ServiceApp, type TransportFactory } from './service-app.ts';

/** What a service says about itself. @publicApi */
export interface ServiceOptions {
  readonly name: string;
  readonly port: (env: Environment) => number;
  /** @default a {@link MessageClaimServer} on `REDIS_URL` */
  readonly transport?: TransportFactory;
}

/** For hooks that hang after everything was answered; the orchestrator would kill us a little later anyway. */
const CLOSE_TIMEOUT_MS = 15_000;

/**
 * Runs a service until it is told to stop. Listens on HTTP whatever the state of Postgres and Redis, prints one line
 * with `"msg":"listening"` and its `url`, and joins Redis as soon as it can. SIGTERM and SIGINT drain and end with exit
 * code 0, a second signal ends at once. A wrong environment, or an error nobody handled, ends with 1.
 *
 * @example await bootstrapService(AppModule, { name: 'booking-service', port: (env) => env.bookingPort });
 * @publicApi
 */
export async function bootstrapService(rootModule: RootModule, options: ServiceOptions): Promise<void> {
  const env = loadEnvironmentOrExit();
  const logger = createLogger(env, options.name);
  dieLoudly(logger);
  try {
    const service = await createServiceApp(rootModule, options.transport);
    stopOnSignals(service, logger);
    shrinkHeap();
    await service.app.listen(options.port(env), env.httpHost);
    announce(service, env, options.name);
    await service.app.startAllMicroservices();
    limitHeapGrowth(); // a start is no time for collections
  } catch (err) {
    logger.fatal({ msg: 'cannot start', err });
    process.exit(1);
  }
}

/** The checked environment; a wrong one ends the process with its lines on standard error. @publicApi */
export function loadEnvironmentOrExit(): Environment {
  try {
    return loadEnvironment();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Written at any log level: whoever starts the service waits for it. */
function announce({ app }: ServiceApp, env: Environment, name: string): void {
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const host = env.httpHost === '0.0.0.0' || env.httpHost === '::' ? '127.0.0.1' : env.httpHost;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  pino({ name }).info({ url }, 'listening');
}

function stopOnSignals(service: ServiceApp, logger: Logger): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, 'draining');
    setTimeout(() => {
      logger.fatal('the shutdown hangs, giving up');
      process.exit(1);
    }, CLOSE_TIMEOUT_MS).unref();
    drainAndClose(service).then(
      () => process.exit(0),
      (err: unknown) => {
        logger.fatal({ msg: 'the shutdown failed', err });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** After either of these the state of the process is unknown; a restart is the only repair. */
function dieLoudly(logger: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (err: unknown) => {
      logger.fatal({ msg: event, err });
      process.exit(1);
    });
  }
}
