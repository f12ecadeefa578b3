import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { defer, finalize, throwError, timeout, type Observable } from 'rxjs';
import { PlatformException } from '../problems/platform.exception.ts';
import { DrainState } from './drain-state.service.ts';
import { elapsedMs } from './request-arrival.ts';

/** Token of the limit in milliseconds. */
export const REQUEST_DEADLINE_MS = Symbol('REQUEST_DEADLINE_MS');

/** An answer within 5 s is promised; two seconds are for a process that is busy with others, and for the network. */
export const DEFAULT_REQUEST_DEADLINE_MS = 3_000;

/**
 * Answers 503 when a handler has not answered in time, whatever it hangs on. What came before it counts: the keys of
 * an issuer that hangs cost a second, the claim of a message in a busy process up to 2.5 s. The handler itself cannot be stopped, so
 * the outcome is unknown to the caller, who finds it out by repeating the request with its idempotency key.
 */
@Injectable()
export class RequestDeadlineInterceptor implements NestInterceptor {
  constructor(
    @Inject(REQUEST_DEADLINE_MS) private readonly deadlineMs: number,
    private readonly drain: DrainState,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    // HTTP requests are counted by the server's hooks, which also see those that a guard refuses.
    const answer = context.getType() === 'rpc' ? this.counted(next) : next.handle();
    const leftMs = Math.max(0, this.deadlineMs - elapsedMs());
    return answer.pipe(timeout({ first: leftMs, with: () => throwError(() => this.tooLate()) }));
  }

  private counted(next: CallHandler): Observable<unknown> {
    return defer(() => {
      this.drain.enter();
      return next.handle().pipe(finalize(() => this.drain.leave()));
    });
  }

  private tooLate(): PlatformException {
    return new PlatformException(
      'DEPENDENCY_UNAVAILABLE',
      `There was no result within ${this.deadlineMs} ms. It may still come about; repeat the request to find out.`,
    );
  }
}
