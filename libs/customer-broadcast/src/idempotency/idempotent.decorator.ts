import { UseInterceptors } from '@nestjs/common';
import { IdempotencyInterceptor } from './idempotency.interceptor.ts';

/**
 * Makes a handler that changes something safe to repeat: with an idempotency key it is carried out once, in a transaction
 * that the statements of the handler join when they go through `runPrepared` or `managerOf`. The option `caller` tells whose
 * key it is. `@SingleActiveBroadcast` has it in it.
 *
 * @publicApi
 */
export function Idempotent(): ClassDecorator & MethodDecorator {
  return UseInterceptors(IdempotencyInterceptor);
}
