import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { LoggerModule } from 'nestjs-pino';
import { JwtAuthGuard } from './auth/jwt-auth.guard.ts';
import { TokenVerifier } from './auth/token-verifier.service.ts';
import { loadEnvironment } from './config/environment.ts';
import { ENVIRONMENT, type Environment } from './config/environment.interface.ts';
import { DatabaseModule } from './database/database.module.ts';
import type { DataSourceSettings } from './database/data-source.options.ts';
import { Admission } from './http/admission.ts';
import { DrainState } from './http/drain-state.service.ts';
import { AddressRateLimitGuard, WriteRateLimitGuard } from './http/rate-limit.guard.ts';
import { rateLimits } from './http/rate-limit.options.ts';
import {
  DEFAULT_REQUEST_DEADLINE_MS,
  REQUEST_DEADLINE_MS,
  RequestDeadlineInterceptor,
} from './http/request-deadline.interceptor.ts';
import { DEGRADABLE_DEPENDENCIES, type DegradableDependency } from './observability/health.interface.ts';
import { HealthModule } from './observability/health.module.ts';
import { loggerParams, type LogOutput } from './observability/logger.ts';
import { API_INFO, type ApiInfo } from './openapi/document.interface.ts';
import { PLATFORM_PROBLEMS, PROBLEM_TABLE } from './problems/problem.constants.ts';
import { ProblemFilter } from './problems/problem.filter.ts';
import type { ProblemTable } from './problems/problem.interface.ts';
import { MessageClaimRepository } from './redis/message-claim.repository.ts';
import { createValidationPipe } from './validation/validation.pipe.ts';

/** What an app tells the platform. @publicApi */
export interface PlatformModuleOptions {
  /** The service's name, in each log line and in `pg_stat_activity`. @default 'service' */
  readonly name?: string;
  /** @default loadEnvironment() when the module is set up */
  readonly env?: Environment;
  /** What `/docs-json` says of the service. @default its name, as version 1.0.0 */
  readonly api?: Partial<ApiInfo>;
  /** Codes of the app's libraries; they win over the platform's. @default {} */
  readonly problems?: ProblemTable;
  /** Every entity of the process. */
  readonly entities: DataSourceSettings['entities'];
  /** Shown by `/health/ready`; an app whose list needs injection provides {@link DEGRADABLE_DEPENDENCIES} itself. */
  readonly degradable?: readonly DegradableDependency[];
  /** @default 'stdout' */
  readonly logOutput?: LogOutput;
  /** Milliseconds that a handler has. @default 3000 */
  readonly requestDeadlineMs?: number;
}

@Module({})
class EnvironmentModule {
  static forRoot(env: Environment | undefined): DynamicModule {
    const provider: Provider = { provide: ENVIRONMENT, useFactory: () => env ?? loadEnvironment() };
    return { module: EnvironmentModule, global: true, providers: [provider], exports: [provider] };
  }
}

/**
 * Everything around the use cases of a service: environment, logging, data source, authentication, limits, deadline,
 * validation, problems, probes and metrics. All of it applies to every route of the app; over Redis, deadline,
 * validation and problems do.
 *
 * @publicApi
 */
@Module({})
export class PlatformModule {
  /** @example PlatformModule.forRoot({ name: 'booking-service', problems: CUSTOMER_BROADCAST_PROBLEMS, entities }) */
  static forRoot(options: PlatformModuleOptions): DynamicModule {
    const {
      name = 'service',
      env,
      api,
      problems = {},
      entities,
      degradable,
      logOutput,
      requestDeadlineMs,
    } = options;
    return {
      module: PlatformModule,
      global: true,
      imports: [
        EnvironmentModule.forRoot(env),
        LoggerModule.forRootAsync({
          inject: [ENVIRONMENT],
          useFactory: (e: Environment) => loggerParams(e, name, logOutput),
        }),
        ThrottlerModule.forRootAsync({ inject: [ENVIRONMENT], useFactory: rateLimits }),
        DatabaseModule.forRoot({ entities, applicationName: name }),
        HealthModule,
      ],
      providers: [
        Admission,
        DrainState,
        MessageClaimRepository,
        TokenVerifier,
        { provide: API_INFO, useValue: { title: name, version: '1.0.0', description: '', ...api } },
        { provide: PROBLEM_TABLE, useValue: { ...PLATFORM_PROBLEMS, ...problems } },
        { provide: REQUEST_DEADLINE_MS, useValue: requestDeadlineMs ?? DEFAULT_REQUEST_DEADLINE_MS },
        ...(degradable ? [{ provide: DEGRADABLE_DEPENDENCIES, useValue: degradable }] : []),
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useFactory: createValidationPipe },
        { provide: APP_INTERCEPTOR, useClass: RequestDeadlineInterceptor },
        // In this order: an address, then who it is, then how much that user writes.
        { provide: APP_GUARD, useClass: AddressRateLimitGuard },
        { provide: APP_GUARD, useClass: JwtAuthGuard },
        { provide: APP_GUARD, useClass: WriteRateLimitGuard },
      ],
      exports: [DrainState, PROBLEM_TABLE],
    };
  }
}
