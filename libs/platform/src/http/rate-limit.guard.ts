import { Injectable, type ExecutionContext } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { findActor } from '../auth/actor.decorator.ts';
import { IS_PUBLIC } from '../auth/public.decorator.ts';
import { PlatformException } from '../problems/platform.exception.ts';

export const WRITES_PER_USER = 'writes-per-user';
export const REQUESTS_PER_ADDRESS = 'requests-per-address';

/** What the limits have in common: HTTP only, never a public route, one budget over all routes. */
abstract class RateLimitGuard extends ThrottlerGuard {
  protected abstract readonly limitName: string;

  override async onModuleInit(): Promise<void> {
    await super.onModuleInit();
    this.throttlers = this.throttlers.filter(({ name }) => name === this.limitName);
    this.commonOptions.setHeaders = false;
  }

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    const isPublic = () =>
      this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()]);
    return Promise.resolve(this.throttlers.length === 0 || context.getType() !== 'http' || isPublic());
  }

  protected override generateKey(_context: ExecutionContext, tracker: string, name: string): string {
    return `${name}:${tracker}`;
  }

  protected override throwThrottlingException(
    _context: ExecutionContext,
    detail: ThrottlerLimitDetail,
  ): Promise<void> {
    return Promise.reject(
      new PlatformException(
        'RATE_LIMITED',
        `At most ${detail.limit} in a second are allowed. Wait and try again.`,
        {
          retryAfterSeconds: detail.timeToBlockExpire,
        },
      ),
    );
  }
}

/** Limits every request of an address; stands before authentication, so that it spares the signature checks too. */
@Injectable()
export class AddressRateLimitGuard extends RateLimitGuard {
  protected override readonly limitName = REQUESTS_PER_ADDRESS;
}

/** Limits the writes of a user; stands after authentication. A user cannot use up another's budget. */
@Injectable()
export class WriteRateLimitGuard extends RateLimitGuard {
  protected override readonly limitName = WRITES_PER_USER;

  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    if (await super.shouldSkip(context)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return request.method !== 'POST' || findActor(request) === undefined;
  }

  protected override getTracker(request: FastifyRequest): Promise<string> {
    return Promise.resolve(findActor(request)?.sub ?? '');
  }
}
