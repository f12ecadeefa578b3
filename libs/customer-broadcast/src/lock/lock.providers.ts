import type { FactoryProvider } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { hasRedis, type ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import type { PublicMembers } from '../interfaces/public-members.interface.ts';
import { AbsentLock } from './absent-lock.service.ts';
import { CreateLockService } from './create-lock.service.ts';

/** The lock in Redis, or its stand-in where the option `redis` is left out. Decided once, when the module is built. */
export const lockProvider: FactoryProvider<PublicMembers<CreateLockService>> = {
  provide: CreateLockService,
  inject: [RESOLVED_OPTIONS],
  useFactory: (options: ResolvedOptions) =>
    hasRedis(options) ? new CreateLockService(options) : new AbsentLock(),
};
