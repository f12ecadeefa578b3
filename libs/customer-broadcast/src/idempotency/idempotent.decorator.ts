import { UseInterceptors } from '@nestjs/common';
import { IdempotencyInterceptor } from './idempotency.interceptor.ts';

/**
 * Makes a handler that changes something safe to repeat: with an idempotency key it is carried out once, in a transaction
 * that the statements of the handler join when they go through `runPrepared` or `managerOf`. A repetition gets the first
 * answer again for 24 hours. The option `caller` tells whose key it is. `@SingleActiveBroadcast` has it in it.
 *
 * The key is the header `Idempotency-Key` over HTTP, and a field or argument `idempotencyKey` elsewhere. Without one the
 * handler runs as if it were not decorated.
 *
 * @throws IdempotencyKeyReusedException when the key was used with another request; nothing was done
 * @throws IdempotencyInProgressException when the first request with this key is still running; nothing was done
 * @throws BroadcastInputException when the key is not 1 to 255 printable ASCII characters
 * @example
 * @Post(':id/cancel')
 * @Idempotent()
 * cancel(@Param('id') id: string): Promise<RideView> { … }
 * @publicApi
 */
export function Idempotent(): ClassDecorator & MethodDecorator {
  return UseInterceptors(IdempotencyInterceptor);
}
