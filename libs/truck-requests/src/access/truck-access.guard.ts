import { BroadcastForbiddenException } from '@app/customer-broadcast';
import { actorOf } from '@app/platform';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { FORBIDDEN_TEXT } from './truck-access.messages.ts';
import { mayTry, TRUCK_ACCESS, type TruckActionName } from './truck-access.policy.ts';

/** Metadata key: what a handler does. */
export const TRUCK_ACTION = 'truck-requests:action';

/**
 * Refuses a role that may not do this. It runs before interceptors, so the guarded create never locks for a user who may not
 * create.
 *
 * @throws BroadcastForbiddenException (`FORBIDDEN`)
 * @throws PlatformException (`UNAUTHENTICATED`) when it is not known who asks
 */
@Injectable()
export class TruckAccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const action = this.reflector.get<TruckActionName>(TRUCK_ACTION, context.getHandler());
    const { role } = actorOf(context);
    if (mayTry(role, action)) return true;
    throw new BroadcastForbiddenException(FORBIDDEN_TEXT(role, action, TRUCK_ACCESS[action]));
  }
}

/**
 * The customer for whom the guard of the library works: always the actor, never a body.
 *
 * @throws BroadcastForbiddenException when the actor is no customer, also where a handler forgot its `@TruckAction`
 */
export function customerOf(context: ExecutionContext): string {
  const { sub, role } = actorOf(context);
  if (role === 'customer') return sub;
  throw new BroadcastForbiddenException(FORBIDDEN_TEXT(role, 'create', TRUCK_ACCESS.create));
}
