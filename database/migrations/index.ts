import { customerBroadcastMigrations } from '@app/customer-broadcast';
import type { MigrationInterface } from 'typeorm';
import { CreateBookings1763800100000 } from './1763800100000-CreateBookings.ts';
import { CreateOrders1763800200000 } from './1763800200000-CreateOrders.ts';
import { CreateMessageClaims1795305900000 } from './1795305900000-CreateMessageClaims.ts';

/** The milliseconds at the end of a migration's name, by which TypeORM orders them. */
const timestampOf = ({ name }: { readonly name: string }): number => Number(name.slice(-13));

/** Every migration of the database, oldest first. None is edited after it has been merged. */
export const migrations: (new () => MigrationInterface)[] = [
  ...customerBroadcastMigrations,
  CreateBookings1763800100000,
  CreateOrders1763800200000,
  CreateMessageClaims1795305900000,
].toSorted((a, b) => timestampOf(a) - timestampOf(b));
