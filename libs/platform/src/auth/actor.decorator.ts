import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { PlatformException } from '../problems/platform.exception.ts';
import { parseActor, type Actor } from './actor.interface.ts';

/** Where the guard puts the actor; a symbol, so that nothing in a request can be mistaken for it. */
const ACTOR = Symbol('ACTOR');

interface AuthenticatedRequest extends FastifyRequest {
  [ACTOR]?: Actor;
}

/** For the guard only: whoever calls this vouches for the actor. */
export function setActor(request: FastifyRequest, actor: Actor): void {
  (request as AuthenticatedRequest)[ACTOR] = actor;
}

/** The actor of an HTTP request if the guard has let one in. */
export function findActor(request: FastifyRequest): Actor | undefined {
  return (request as AuthenticatedRequest)[ACTOR];
}

/**
 * Who makes this request: over HTTP the token's subject, over Redis the payload's `actor`, checked.
 *
 * @throws PlatformException UNAUTHENTICATED when there is none
 * @publicApi
 */
export function actorOf(context: ExecutionContext): Actor {
  if (context.getType() === 'rpc') {
    const payload = context.switchToRpc().getData<{ actor?: unknown } | null | undefined>();
    const actor = parseActor(payload?.actor);
    if (actor) return actor;
    throw new PlatformException('UNAUTHENTICATED', 'The payload needs an actor with a sub and a known role.');
  }
  const actor = findActor(context.switchToHttp().getRequest<FastifyRequest>());
  if (actor) return actor;
  throw new PlatformException('UNAUTHENTICATED', 'This request needs a bearer token.');
}

/**
 * Injects {@link actorOf} into a handler.
 *
 * @example
 * \@Get() list(\@CurrentActor() actor: Actor) {}
 * @publicApi
 */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext) => actorOf(context));
