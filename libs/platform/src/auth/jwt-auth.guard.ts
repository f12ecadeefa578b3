import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { PlatformException } from '../problems/platform.exception.ts';
import { setActor } from './actor.decorator.ts';
import { IS_PUBLIC } from './public.decorator.ts';
import { TokenVerifier } from './token-verifier.service.ts';

/**
 * Lets an HTTP request in with a valid bearer token only, and keeps its actor for `actorOf`. Routes marked with
 * `@Public()` need none. Messages carry their actor in the payload, which `actorOf` checks.
 *
 * @publicApi
 */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    setActor(request, await this.verifier.verify(bearerToken(request)));
    return true;
  }
}

function bearerToken(request: FastifyRequest): string {
  const match = /^Bearer +([^\s]+) *$/i.exec(request.headers.authorization ?? '');
  if (match?.[1] !== undefined) return match[1];
  throw new PlatformException(
    'UNAUTHENTICATED',
    'This request needs the header "Authorization: Bearer <token>".',
  );
}
