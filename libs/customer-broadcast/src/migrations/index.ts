import type { Type } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import { CreateCustomerBroadcast1763800000000 } from './1763800000000-CreateCustomerBroadcast.ts';

/**
 * The library's own migrations, oldest first. Put them before the first migration that installs a kind.
 *
 * @publicApi
 */
export const customerBroadcastMigrations: Type<MigrationInterface>[] = [CreateCustomerBroadcast1763800000000];
