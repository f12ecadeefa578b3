import type { Type } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import { CustomerBroadcastV11796083200000 } from './1796083200000-CustomerBroadcastV1.ts';

/**
 * The library's own migrations, oldest first. TypeORM runs all migrations by the time in their names: the first of these
 * comes before any that installs a kind.
 *
 * @publicApi
 */
export const customerBroadcastMigrations: Type<MigrationInterface>[] = [CustomerBroadcastV11796083200000];
