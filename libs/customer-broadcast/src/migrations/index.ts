import type { Type } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import { CreateCustomerBroadcast1763800000000 } from './1763800000000-CreateCustomerBroadcast.ts';
import { CreateIdempotencyKeys1795305500000 } from './1795305500000-CreateIdempotencyKeys.ts';
import { IndexTransitionsByCustomer1795305600000 } from './1795305600000-IndexTransitionsByCustomer.ts';
import { CancelActiveBroadcasts1795305700000 } from './1795305700000-CancelActiveBroadcasts.ts';
import { IndexOutboxByBroadcast1795305800000 } from './1795305800000-IndexOutboxByBroadcast.ts';
import { PruneOutboxAndHistory1795306000000 } from './1795306000000-PruneOutboxAndHistory.ts';
import { ClaimOutboxInOrder1795306100000 } from './1795306100000-ClaimOutboxInOrder.ts';
import { IndexDueAlone1795306200000 } from './1795306200000-IndexDueAlone.ts';
import { CheckCustomerIdCheaply1795306300000 } from './1795306300000-CheckCustomerIdCheaply.ts';

/**
 * The library's own migrations, oldest first. TypeORM runs all migrations by the time in their names: the first of these
 * comes before any that installs a kind, later ones take in the kinds that are installed.
 *
 * @publicApi
 */
export const customerBroadcastMigrations: Type<MigrationInterface>[] = [
  CreateCustomerBroadcast1763800000000,
  CreateIdempotencyKeys1795305500000,
  IndexTransitionsByCustomer1795305600000,
  CancelActiveBroadcasts1795305700000,
  IndexOutboxByBroadcast1795305800000,
  PruneOutboxAndHistory1795306000000,
  ClaimOutboxInOrder1795306100000,
  IndexDueAlone1795306200000,
  CheckCustomerIdCheaply1795306300000,
];
