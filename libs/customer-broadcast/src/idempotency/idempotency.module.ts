import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { CustomerBroadcastFilter } from '../exceptions/customer-broadcast.filter.ts';
import {
  IDEMPOTENCY_OPTIONS,
  type IdempotencyModuleOptions,
  resolveIdempotencyOptions,
} from './idempotency.options.ts';
import { idempotencyExports, idempotencyProviders } from './idempotency.providers.ts';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<IdempotencyModuleOptions>({ moduleName: 'Idempotency' })
    .setClassMethodName('forRoot')
    .setExtras(
      {
        isGlobal: true,
        /** False: exceptions of the library are answered by a filter of the application's own. */
        filter: true,
      },
      ({ providers = [], ...definition }, { isGlobal, filter }) => ({
        ...definition,
        providers: filter
          ? [...providers, { provide: APP_FILTER, useClass: CustomerBroadcastFilter }]
          : providers,
        global: isGlobal,
      }),
    )
    .build();

/**
 * What `@Idempotent` needs, for an application without broadcasts. Import it once, in the root module, beside TypeORM's; the
 * answers are kept in a table of `customerBroadcastMigrations`. `CustomerBroadcastModule` has all of it in it.
 *
 * @example
 * IdempotencyModule.forRoot({ caller: (context) => context.switchToHttp().getRequest().user.id })
 * @publicApi
 */
@Module({
  providers: [
    { provide: IDEMPOTENCY_OPTIONS, useFactory: resolveIdempotencyOptions, inject: [MODULE_OPTIONS_TOKEN] },
    ...idempotencyProviders,
  ],
  exports: idempotencyExports,
})
export class IdempotencyModule extends ConfigurableModuleClass {}
