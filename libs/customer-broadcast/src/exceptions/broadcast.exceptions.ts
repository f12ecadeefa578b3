import * as messages from '../customer-broadcast.messages.ts';
import { CustomerBroadcastException } from './customer-broadcast.exception.ts';

/** No such broadcast, or it is another customer's: the two are not told apart. @publicApi */
export class BroadcastNotFoundException extends CustomerBroadcastException {
  override readonly name = 'BroadcastNotFoundException';

  constructor(kind: string, id: string) {
    super('NOT_FOUND', messages.NOT_FOUND_TEXT(kind, id));
  }
}

/** The broadcast's status does not allow it, or its deadline has passed. Nothing was changed. @publicApi */
export class InvalidTransitionException extends CustomerBroadcastException {
  override readonly name = 'InvalidTransitionException';

  constructor(kind: string, id: string, from: string, to: string, overdue = false) {
    const text = overdue
      ? messages.OVERDUE_TEXT(kind, id)
      : messages.INVALID_TRANSITION_TEXT(kind, id, from, to);
    super('INVALID_TRANSITION', text, { from, to });
  }
}

/** The caller may not do this. Thrown by an application's own checks; the library asks only whose a broadcast is. @publicApi */
export class BroadcastForbiddenException extends CustomerBroadcastException {
  override readonly name = 'BroadcastForbiddenException';

  constructor(message: string) {
    super('FORBIDDEN', message);
  }
}

/** A value that was handed in cannot be used. @publicApi */
export class BroadcastInputException extends CustomerBroadcastException {
  override readonly name = 'BroadcastInputException';

  constructor(field: string, message: string) {
    super('VALIDATION_FAILED', message, { errors: [{ field, message }] });
  }
}
