import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { CustomerBroadcastModuleOptions } from './interfaces/customer-broadcast-options.interface.ts';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<CustomerBroadcastModuleOptions>({ moduleName: 'CustomerBroadcast' })
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: true }, (definition, extras) => ({ ...definition, global: extras.isGlobal }))
    .build();
