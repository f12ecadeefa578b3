import { ConfigurableModuleBuilder, type Provider } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { CustomerBroadcastFilter } from './exceptions/customer-broadcast.filter.ts';
import type { CustomerBroadcastModuleOptions } from './interfaces/customer-broadcast-options.interface.ts';

const FILTER: Provider = { provide: APP_FILTER, useClass: CustomerBroadcastFilter };

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<CustomerBroadcastModuleOptions>({ moduleName: 'CustomerBroadcast' })
    .setClassMethodName('forRoot')
    .setExtras(
      {
        isGlobal: true,
        /** False: exceptions of the library are answered by a filter of the application's own. */
        filter: true,
      },
      ({ providers = [], ...definition }, { isGlobal, filter }) => ({
        ...definition,
        providers: filter ? [...providers, FILTER] : providers,
        global: isGlobal,
      }),
    )
    .build();
