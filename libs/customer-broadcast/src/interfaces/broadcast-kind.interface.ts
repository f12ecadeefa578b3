import type { Type } from '@nestjs/common';
import type { Broadcast } from '../lifecycle/broadcast.entity.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.definition.ts';

/**
 * A kind of request that the application owns, without a life that the library knows: only the guard applies to it. Its
 * table is put under the rule in a migration; `name`, `table` and `route` are the same there.
 *
 * @publicApi
 */
export interface GuardedKind {
  /** Name in events, answers and message patterns: a-z, 0-9 and `_`. @example 'parcel' */
  readonly name: string;
  /** @example 'parcels' */
  readonly table: string;
  /** Path of the HTTP resource, without a slash at the end. @example '/v1/parcels' */
  readonly route: string;
}

/**
 * A kind with a declared life: it has steps, a history, events and a deadline.
 *
 * @publicApi
 */
export interface BroadcastKind<
  T extends Broadcast = Broadcast,
  L extends Lifecycle = Lifecycle,
> extends GuardedKind {
  /** The TypeORM entity of that table; rows are read through it, relations that are `eager` included. */
  readonly entity: Type<T>;
  /** Made by `defineLifecycle`. */
  readonly lifecycle: L;
}
