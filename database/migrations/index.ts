import { customerBroadcastMigrations } from '@app/customer-broadcast';
import type { MigrationInterface } from 'typeorm';
import { CreateBookings1763800100000 } from './1763800100000-CreateBookings.ts';
import { CreateOrders1763800200000 } from './1763800200000-CreateOrders.ts';

const timeOf = ({ name }: { readonly name: string }): number => Number(name.slice(-13));

/** Every migration of the database, oldest first, as TypeORM runs them. None is edited after it has been merged. */
export const migrations: (new () => MigrationInterface)[] = [
  ...customerBroadcastMigrations,
  CreateBookings1763800100000,
  CreateOrders1763800200000,
].sort((a, b) => timeOf(a) - timeOf(b));
