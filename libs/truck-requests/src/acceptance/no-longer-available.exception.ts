import { NO_LONGER_AVAILABLE_TEXT } from './truck-acceptance.messages.ts';

/** Fewer trucks are needed than were offered. Nothing was accepted. @publicApi */
export class NoLongerAvailableException extends Error {
  override readonly name = 'NoLongerAvailableException';
  readonly code = 'NO_LONGER_AVAILABLE';
  readonly details: { readonly left: number };

  /** @param left how many are still needed, 0 or more */
  constructor(wanted: number, left: number) {
    super(NO_LONGER_AVAILABLE_TEXT(wanted, left));
    this.details = { left };
  }
}
