import {
  ActiveBroadcastHint,
  CustomerBroadcastModule,
  type CustomerBroadcastModuleOptions,
  CreateLockService,
  LiveFeed,
} from '@app/customer-broadcast';
import {
  actorOf,
  DEGRADABLE_DEPENDENCIES,
  DrainState,
  ENVIRONMENT,
  type Environment,
  PlatformModule,
} from '@app/platform';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { customerOf } from './access/truck-access.guard.ts';
import { AcceptanceRepository } from './acceptance/acceptance.repository.ts';
import { TruckAcceptanceService } from './acceptance/truck-acceptance.service.ts';
import { DISPATCHER_OPTIONS, type DispatcherOptions } from './dispatch/dispatcher.options.ts';
import { EmbeddedDispatcher } from './dispatch/embedded.dispatcher.ts';
import { TruckLifecycleService } from './life/truck-lifecycle.service.ts';
import { TruckReaderService } from './life/truck-reader.service.ts';
import { TruckRequestRepository } from './request/truck-request.repository.ts';
import { CustomerViewsModule } from './routes/customer-views.module.ts';
import { REDIS_CONNECTIONS, type RedisConnections, RedisModule } from './redis.module.ts';
import { truckRequestProblems } from './request/truck-request.problems.ts';

/** The interface is one for both services; `/v1` changes with the major version. */
const API = {
  version: '1.0.0',
  description: [
    'A customer has at most one active broadcast, over both services.',
    'Every refusal is a problem (RFC 9457) with a `code`. Beside the answers that are listed, any path may answer 400 to a',
    'malformed URL, 404 where there is nothing, 405 with `Allow`, 408 to a request that arrives too slowly and 431 to',
    'headers that are too large. HEAD is possible wherever GET is.',
  ].join(' '),
};

/** What differs between the services. @publicApi */
export interface TruckServiceOptions {
  /** In log lines and in `pg_stat_activity`. */
  readonly name: string;
  readonly entities: readonly Type[];
  /** False: a one-off command, which starts no relay, reconciler, dispatcher or worker. @default true */
  readonly background?: boolean;
}

/**
 * Joins the library of the guard with the platform: the only place where a service's environment becomes the library's
 * options.
 *
 * @example TruckServiceModule.forRoot({ name: 'booking-service', entities: [Booking] })
 * @publicApi
 */
@Module({
  providers: [
    AcceptanceRepository,
    EmbeddedDispatcher,
    TruckAcceptanceService,
    TruckLifecycleService,
    TruckReaderService,
    TruckRequestRepository,
    {
      provide: DEGRADABLE_DEPENDENCIES,
      inject: [ActiveBroadcastHint, CreateLockService],
      useFactory: (hint: ActiveBroadcastHint, lock: CreateLockService) => [
        { name: 'redis', healthy: () => hint.breaker.healthy && lock.breaker.healthy },
      ],
    },
  ],
  exports: [TruckAcceptanceService, TruckLifecycleService, TruckReaderService],
})
export class TruckServiceModule {
  /** Live streams have no end of their own: they end at the stop signal, so that the drain need not wait for them. */
  constructor(drain: DrainState, live: LiveFeed) {
    drain.whenBegun(() => live.close());
  }

  static forRoot({ name, entities, background = true }: TruckServiceOptions): DynamicModule {
    return {
      module: TruckServiceModule,
      global: true,
      providers: [
        {
          provide: DISPATCHER_OPTIONS,
          inject: [ENVIRONMENT],
          useFactory: (env: Environment): DispatcherOptions => ({
            embedded: background && env.dispatcherMode === 'embedded',
          }),
        },
      ],
      imports: [
        PlatformModule.forRoot({
          name,
          entities: [...entities],
          api: API,
          problems: truckRequestProblems,
          // A command's standard output is its result.
          logOutput: background ? 'stdout' : 'stderr',
        }),
        ScheduleModule.forRoot(),
        CustomerBroadcastModule.forRootAsync({
          // The platform's filter answers these exceptions with its own.
          filter: false,
          imports: [RedisModule],
          inject: [ENVIRONMENT, REDIS_CONNECTIONS],
          useFactory: (env: Environment, redis: RedisConnections) => ({
            ...optionsFrom(env, redis),
            background,
          }),
        }),
        CustomerViewsModule,
      ],
    };
  }
}

function optionsFrom(env: Environment, redis: RedisConnections): CustomerBroadcastModuleOptions {
  return {
    redis: redis.key,
    lockRedis: redis.lock,
    redisPrefix: env.redisPrefix,
    events: redis.events,
    customer: customerOf,
    caller: (context) => actorOf(context).sub,
    broadcastTimeoutSeconds: env.broadcastTimeoutSeconds,
    expiryMode: env.expiryMode,
    expiryIntervalMs: env.expiryIntervalMs,
    reconcileIntervalMs: env.reconcileIntervalMs,
    outboxRetentionHours: env.outboxRetentionHours,
    historyRetentionDays: env.historyRetentionDays,
  };
}
