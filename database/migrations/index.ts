import { customerBroadcastMigrations } from '@app/customer-broadcast';
import { truckRequestMigrations } from '@app/truck-requests';
import type { MigrationInterface } from 'typeorm';
import { CreateBookings1796083400000 } from './1796083400000-CreateBookings.ts';
import { CreateOrders1796083500000 } from './1796083500000-CreateOrders.ts';
import { CreateMessageClaims1796083600000 } from './1796083600000-CreateMessageClaims.ts';

/** The milliseconds at the end of a migration's name, by which TypeORM orders them. */
const timestampOf = ({ name }: { readonly name: string }): number => Number(name.slice(-13));

/** Every migration of the database, oldest first. None is edited after it has been merged. */
export const migrations: (new () => MigrationInterface)[] = [
  ...customerBroadcastMigrations,
  ...truckRequestMigrations,
  CreateBookings1796083400000,
  CreateOrders1796083500000,
  CreateMessageClaims1796083600000,
].toSorted((a, b) => timestampOf(a) - timestampOf(b));
