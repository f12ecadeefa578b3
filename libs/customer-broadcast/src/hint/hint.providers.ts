import type { FactoryProvider } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { hasRedis, type ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import type { PublicMembers } from '../interfaces/public-members.interface.ts';
import { AbsentHint } from './absent.hint.ts';
import { ActiveBroadcastHint } from './active-broadcast.hint.ts';

/** The key in Redis, or its stand-in where the option `redis` is left out. Decided once, when the module is built. */
export const hintProvider: FactoryProvider<PublicMembers<ActiveBroadcastHint>> = {
  provide: ActiveBroadcastHint,
  inject: [RESOLVED_OPTIONS],
  useFactory: (options: ResolvedOptions) =>
    hasRedis(options) ? new ActiveBroadcastHint(options) : new AbsentHint(),
};
