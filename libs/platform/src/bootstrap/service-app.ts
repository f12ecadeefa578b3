import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { ENVIRONMENT, type Environment } from '../config/environment.interface.ts';
import { Admission } from '../http/admission.ts';
import { DrainState } from '../http/drain-state.service.ts';
import { createFastifyAdapter, trackRequests } from '../http/fastify.adapter.ts';
import { serveDocument } from '../openapi/service-document.ts';
import { redisTransportOptions } from '../redis/redis-transport.options.ts';
import { MessageClaimRepository } from '../redis/message-claim.repository.ts';
import { MessageClaimServer } from '../redis/message-claim.server.ts';

/** What Nest takes as a root module. @publicApi */
export type RootModule = Parameters<typeof NestFactory.create>[0];

/** Makes the Redis transport of an application that is not yet initialised. @publicApi */
export type TransportFactory = (
  app: INestApplicationContext,
  env: Environment,
) => CustomTransportStrategy & { stopListening?: () => void };

/** An application that is built but neither listens nor is connected. @publicApi */
export interface ServiceApp {
  readonly app: NestFastifyApplication;
  readonly env: Environment;
  readonly drain: DrainState;
  readonly transport: ReturnType<TransportFactory>;
}

/** Log lines wait for the logger that the modules bring; a failed start is thrown, not an exit of Nest's own. */
const NEST_OPTIONS = { bufferLogs: true, abortOnError: false };

const listenOverRedis: TransportFactory = (app, env) =>
  new MessageClaimServer(
    redisTransportOptions(env.redisUrl, env.redisPrefix),
    app.get(MessageClaimRepository),
  );

/**
 * The application behind {@link bootstrapService}, for tests and tools: Fastify with our limits, the Redis transport
 * attached with the app's own filters, pipes and interceptors. `app.listen()` and `app.startAllMicroservices()` start
 * it, in this order; neither needs Postgres or Redis.
 *
 * @param rootModule imports `PlatformModule.forRoot()`
 * @publicApi
 */
export async function createServiceApp(
  rootModule: RootModule,
  createTransport: TransportFactory = listenOverRedis,
): Promise<ServiceApp> {
  const adapter = createFastifyAdapter();

  const app = await NestFactory.create<NestFastifyApplication>(rootModule, adapter, {
    ...NEST_OPTIONS,
    bodyParser: false,
  });
  app.useLogger(app.get(Logger));
  const env = app.get<Environment>(ENVIRONMENT);
  const drain = app.get(DrainState);
  trackRequests(adapter.getInstance<FastifyInstance>(), drain, app.get(Admission));
  serveDocument(app);
  const transport = createTransport(app, env);
  app.connectMicroservice<MicroserviceOptions>({ strategy: transport }, { inheritAppConfig: true });
  return { app, env, drain, transport };
}

/**
 * The same modules without HTTP and without the Redis transport, initialised, for a command such as an expiry run.
 * The caller closes it.
 *
 * @publicApi
 */
export async function createServiceContext(rootModule: RootModule): Promise<INestApplicationContext> {
  const context = await NestFactory.createApplicationContext(rootModule, NEST_OPTIONS);
  context.useLogger(context.get(Logger));
  return context;
}
