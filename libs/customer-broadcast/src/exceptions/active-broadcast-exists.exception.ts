import { ACTIVE_EXISTS_TEXT } from '../customer-broadcast.messages.ts';
import type { ActiveBroadcast } from '../interfaces/active-broadcast.interface.ts';
import { CustomerBroadcastException } from './customer-broadcast.exception.ts';

/** While another create is in flight nothing better is known than "a moment". */
export const IN_FLIGHT_RETRY_SECONDS = 1;

/**
 * The customer has an active broadcast, or another create of theirs is in flight (`activeBroadcast` is null then).
 * Nothing was written and no key or lock stays.
 *
 * @publicApi
 */
export class ActiveBroadcastExistsException extends CustomerBroadcastException {
  override readonly name = 'ActiveBroadcastExistsException';

  /** @param retryAfterSeconds until the deadline of the active one, whole seconds, 1 or more */
  constructor(
    readonly activeBroadcast: ActiveBroadcast | null,
    retryAfterSeconds: number = IN_FLIGHT_RETRY_SECONDS,
  ) {
    super('ORDER_ACTIVE_EXISTS', ACTIVE_EXISTS_TEXT, { activeBroadcast, retryAfterSeconds });
  }
}
