import { applyDecorators, SetMetadata, UseGuards, UseInterceptors } from '@nestjs/common';
import { GUARDED_CREATE } from '../customer-broadcast.constants.ts';
import { Idempotent } from '../idempotency/idempotent.decorator.ts';
import { CustomerGuard } from './customer.guard.ts';
import type { SingleActiveBroadcastOptions } from './on-active.policy.ts';
import {
  type GuardedCreate,
  SingleActiveBroadcastInterceptor,
} from './single-active-broadcast.interceptor.ts';

/**
 * Guards a handler that creates a broadcast of this kind: a route (Fastify or Express), a message pattern, a mutation of
 * GraphQL or a message of a gateway. At most one create of a customer runs, and only while that customer has no active
 * broadcast of any kind. The option `customer` tells who that is, and refuses whom it does not let create.
 *
 * A create is safe to repeat with an idempotency key, as `@Idempotent` says.
 *
 * The handler returns the broadcast: an object with `id` and `expiresAt` (a Date or ISO 8601, or null for a
 * kind without a deadline). When it throws, nothing
 * stays, neither key nor lock.
 *
 * @param kind the name that was registered with `CustomerBroadcastModule.forFeature`
 * @param options what a create does when the customer has an active broadcast
 * @throws ActiveBroadcastExistsException (`ORDER_ACTIVE_EXISTS`) instead of calling the handler
 * @example
 * @Post()
 * @SingleActiveBroadcast('parcel')
 * create(@CurrentCustomer() customerId: string, @Body() body: CreateParcelDto): Promise<ParcelView> { … }
 * @publicApi
 */
export function SingleActiveBroadcast(
  kind: string,
  options: SingleActiveBroadcastOptions = {},
): MethodDecorator {
  return applyDecorators(
    SetMetadata(GUARDED_CREATE, { kind, options } satisfies GuardedCreate),
    UseGuards(CustomerGuard),
    Idempotent(),
    UseInterceptors(SingleActiveBroadcastInterceptor),
  );
}
