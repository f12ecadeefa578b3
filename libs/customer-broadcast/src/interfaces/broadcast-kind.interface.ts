import type { Type } from '@nestjs/common';
import type { Broadcast } from '../lifecycle/broadcast.entity.ts';

/**
 * A kind of request that the application owns. Its table is put under the rule by `installBroadcastKind` in a migration;
 * `name`, `table` and `route` are the same there.
 *
 * @publicApi
 */
export interface BroadcastKind<T extends Broadcast = Broadcast> {
  /** Name in events, answers and message patterns. @example 'booking' */
  readonly name: string;
  /** @example 'bookings' */
  readonly table: string;
  /** The TypeORM entity of that table; rows are read through it, relations that are `eager` included. */
  readonly entity: Type<T>;
  /** Path of the HTTP resource, without a slash at the end. @example '/v1/bookings' */
  readonly route: string;
}
