import type { Type } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import { CreateCustomerBroadcast1763800000000 } from './1763800000000-CreateCustomerBroadcast.ts';
import { IndexTransitionsByCustomer1795305600000 } from './1795305600000-IndexTransitionsByCustomer.ts';

/**
 * The library's own migrations, oldest first. The first one comes before any migration that installs a kind, and TypeORM
 * runs them in the order of the times in their names, whatever the order of the list.
 *
 * @publicApi
 */
export const customerBroadcastMigrations: Type<MigrationInterface>[] = [
  CreateCustomerBroadcast1763800000000,
  IndexTransitionsByCustomer1795305600000,
];
