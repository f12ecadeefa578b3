import { ON_ACTIVE_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastInputException } from '../exceptions/broadcast.exceptions.ts';

/** What a create may do when its customer has an active broadcast. @publicApi */
export const ON_ACTIVE = ['reject', 'return', 'replace'] as const;

/** See `SingleActiveBroadcastOptions.onActive`. @publicApi */
export type OnActive = (typeof ON_ACTIVE)[number];

/** How a guarded route treats a customer who has an active broadcast. @publicApi */
export interface SingleActiveBroadcastOptions {
  /**
   * - `reject`: `ORDER_ACTIVE_EXISTS`, 409.
   * - `return`: the active broadcast, whatever its kind, as `GET /v1/active-broadcast` shows it; over HTTP with 200.
   * - `replace`: cancels it and creates the new one, in one transaction: there is no moment with two, and when the create
   *   fails the old one has never been gone.
   *
   * While another create of the customer is in flight, all three end with 409 after a short wait.
   *
   * @default 'reject'
   */
  readonly onActive?: OnActive;
  /** What a request may ask for: query parameter `onActive` over HTTP, field or argument `onActive` elsewhere. @default [] */
  readonly requestMayChoose?: readonly OnActive[];
}

/** What a create of this route may do, the one that needs no asking first. */
export function choicesOf({
  onActive = 'reject',
  requestMayChoose = [],
}: SingleActiveBroadcastOptions): readonly [OnActive, ...OnActive[]] {
  return [onActive, ...requestMayChoose.filter((choice) => choice !== onActive)];
}

/**
 * What this request is to do.
 *
 * @param wanted what it asks for, not checked; undefined when it asks for nothing
 * @throws BroadcastInputException when it asks for something that the route does not allow
 */
export function chooseOnActive(wanted: unknown, options: SingleActiveBroadcastOptions): OnActive {
  const choices = choicesOf(options);
  if (wanted === undefined) return choices[0];
  const chosen = choices.find((choice) => choice === wanted);
  if (!chosen) throw new BroadcastInputException('onActive', ON_ACTIVE_TEXT(choices));
  return chosen;
}
