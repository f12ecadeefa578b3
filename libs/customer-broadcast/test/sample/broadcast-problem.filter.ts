import {
  BroadcastCallException,
  CustomerBroadcastException,
  customerBroadcastProblems,
} from '@app/customer-broadcast';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Observable, throwError } from 'rxjs';

@Catch(CustomerBroadcastException, BroadcastCallException)
export class BroadcastProblemFilter implements ExceptionFilter {
  catch(
    error: CustomerBroadcastException | BroadcastCallException,
    host: ArgumentsHost,
  ): Observable<never> | undefined {
    const { status, title } =
      error instanceof BroadcastCallException ? error : customerBroadcastProblems[error.code];
    const problem = { status, title, detail: error.message, code: error.code, ...error.details };
    if (host.getType() === 'rpc') return throwError(() => problem);
    void host.switchToHttp().getResponse<FastifyReply>().status(status).send(problem);
    return undefined;
  }
}
