import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { BROADCAST_ACTION, RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { CUSTOMER_ID_TEXT, FORBIDDEN_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastForbiddenException, BroadcastInputException } from '../exceptions/broadcast.exceptions.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { BROADCAST_ACCESS, type BroadcastActionName, mayTry } from './broadcast-access.policy.ts';

const VISIBLE_ASCII = /^[!-~]{1,128}$/;

/** The actor of a request or payload, from the guard to everything behind it. */
const actors = new WeakMap<object, BroadcastActor>();

/**
 * Finds out who asks, by the option `actor`, and refuses a role that may not do this. It runs before interceptors, so the
 * guarded create never locks for somebody who may not create.
 *
 * @throws BroadcastForbiddenException (`FORBIDDEN`), or what the option `actor` throws
 */
@Injectable()
export class BroadcastAccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const action = this.reflector.get<BroadcastActionName>(BROADCAST_ACTION, context.getHandler());
    const actor = this.options.actor(context);
    if (!mayTry(actor.role, action)) {
      throw new BroadcastForbiddenException(FORBIDDEN_TEXT(actor.role, action, BROADCAST_ACCESS[action]));
    }
    if (!VISIBLE_ASCII.test(actor.sub)) throw new BroadcastInputException('sub', CUSTOMER_ID_TEXT(actor.sub));
    actors.set(context.getArgByIndex(0), actor);
    return true;
  }
}

/** Who asks. For what runs behind the guard. */
export function actorOf(context: ExecutionContext): BroadcastActor {
  const actor = actors.get(context.getArgByIndex(0));
  if (!actor) throw new Error('No actor: the handler has no @BroadcastAction and no @SingleActiveBroadcast.');
  return actor;
}

/** The customer for whom a guarded create runs: always the actor, never the body. */
export function customerIdOf(context: ExecutionContext): string {
  return actorOf(context).sub;
}

/** Parameter: who asks. For handlers with `@BroadcastAction` or `@SingleActiveBroadcast`. @publicApi */
export const CurrentBroadcastActor = createParamDecorator((_: unknown, context: ExecutionContext) =>
  actorOf(context),
);
