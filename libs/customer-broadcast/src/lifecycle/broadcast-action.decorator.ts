import { applyDecorators, SetMetadata, UseGuards, UseInterceptors } from '@nestjs/common';
import { BROADCAST_ACTION } from '../customer-broadcast.constants.ts';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.ts';
import { BroadcastAccessGuard } from './broadcast-access.guard.ts';
import { type BroadcastActionName, isCommand } from './broadcast-access.policy.ts';

/**
 * Opens a handler to the roles that `BROADCAST_ACCESS` names for the action. One that changes a broadcast is also made safe
 * to repeat: with an idempotency key it is carried out once, in a transaction that the statements of the handler join when
 * they go through `runPrepared` or `managerOf`.
 *
 * @publicApi
 */
export function BroadcastAction(action: BroadcastActionName): MethodDecorator {
  const decorators = [SetMetadata(BROADCAST_ACTION, action), UseGuards(BroadcastAccessGuard)];
  return applyDecorators(
    ...decorators,
    ...(isCommand(action) ? [UseInterceptors(IdempotencyInterceptor)] : []),
  );
}
