import type { Type } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import { CreateCustomerBroadcast1763800000000 } from './1763800000000-CreateCustomerBroadcast.ts';
import { CreateIdempotencyKeys1795305500000 } from './1795305500000-CreateIdempotencyKeys.ts';

/**
 * The library's own migrations, oldest first. Put them before the first migration that installs a kind.
 *
 * @publicApi
 */
export const customerBroadcastMigrations: Type<MigrationInterface>[] = [
  CreateCustomerBroadcast1763800000000,
  CreateIdempotencyKeys1795305500000,
];
