export {
  bootstrapService,
  loadEnvironmentOrExit,
  type ServiceOptions,
} from './bootstrap/bootstrap-service.ts';
export { drainAndClose } from './bootstrap/drain.ts';
export {
  createServiceApp,
  createServiceContext,
  type RootModule,
  type ServiceApp,
  type TransportFactory,
} from './bootstrap/service-app.ts';
export { PlatformModule, type PlatformModuleOptions } from './platform.module.ts';

export { EnvironmentError } from './config/environment.exception.ts';
export {
  ENVIRONMENT,
  LOG_LEVELS,
  type AuthEnvironment,
  type Environment,
  type LogLevel,
} from './config/environment.interface.ts';
export { loadEnvironment } from './config/environment.ts';

export { actorOf, CurrentActor } from './auth/actor.decorator.ts';
export { ActorDto, ROLES, type Actor, type Role } from './auth/actor.interface.ts';
export { JwtAuthGuard } from './auth/jwt-auth.guard.ts';
export { Public } from './auth/public.decorator.ts';

export { createDataSourceOptions, type DataSourceSettings } from './database/data-source.options.ts';
export { DatabaseConnector } from './database/database-connector.service.ts';
export { DatabaseModule } from './database/database.module.ts';
export {
  runMigrations,
  type MigrationProgress,
  type RunMigrationsOptions,
} from './database/run-migrations.ts';

export { DrainState } from './http/drain-state.service.ts';
export { createLogger, type LogOutput } from './observability/logger.ts';
export { DEGRADABLE_DEPENDENCIES, type DegradableDependency } from './observability/health.interface.ts';
export { HealthModule } from './observability/health.module.ts';

export type { ApiInfo } from './openapi/document.interface.ts';
export { PlatformException, validationFailed } from './problems/platform.exception.ts';
export { PLATFORM_PROBLEMS, type PlatformProblemCode } from './problems/problem.constants.ts';
export { ProblemFilter } from './problems/problem.filter.ts';
export type { FieldError, Problem, ProblemDefinition, ProblemTable } from './problems/problem.interface.ts';
export { createValidationPipe } from './validation/validation.pipe.ts';
export { Text } from './validation/text.decorator.ts';

export { createRedis } from './redis/redis.client.ts';
export { redisTransportOptions, type RedisTransportOptions } from './redis/redis-transport.options.ts';
export { createTransportClient } from './redis/redis-transport.client.ts';
export { HealingRedisServer } from './redis/redis-transport.server.ts';
export { MessageClaimServer } from './redis/message-claim.server.ts';
