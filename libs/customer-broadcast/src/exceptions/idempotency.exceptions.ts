import { IDEMPOTENCY_IN_PROGRESS_TEXT, IDEMPOTENCY_KEY_REUSED_TEXT } from '../customer-broadcast.messages.ts';
import { CustomerBroadcastException } from './customer-broadcast.exception.ts';

/** The first request with this key has not ended. This one had no effect; repeat it. @publicApi */
export class IdempotencyInProgressException extends CustomerBroadcastException {
  override readonly name = 'IdempotencyInProgressException';

  constructor() {
    super('IDEMPOTENCY_IN_PROGRESS', IDEMPOTENCY_IN_PROGRESS_TEXT);
  }
}

/** The key belongs to a request with another body. This one had no effect. @publicApi */
export class IdempotencyKeyReusedException extends CustomerBroadcastException {
  override readonly name = 'IdempotencyKeyReusedException';

  constructor() {
    super('IDEMPOTENCY_KEY_REUSED', IDEMPOTENCY_KEY_REUSED_TEXT);
  }
}
