import { Catch, Inject, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import { PROBLEM_TABLE } from './problem.constants.ts';
import type { ProblemTable } from './problem.interface.ts';
import { mapToProblem, type MappedProblem } from './problem.mapper.ts';

/**
 * Turns every error into a problem: `application/problem+json` over HTTP, the same object as `err` over Redis.
 * The only place where an error becomes an answer, and where an unexpected one is logged.
 * @publicApi
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(@Inject(PROBLEM_TABLE) private readonly table: ProblemTable) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | undefined {
    const mapped = mapToProblem(error, instanceOf(host), this.table);
    this.log(error, mapped);
    if (host.getType() === 'rpc') return throwError(() => mapped.problem);
    answer(host.switchToHttp().getResponse<FastifyReply>(), mapped);
    return undefined;
  }

  private log(error: unknown, { problem, cause }: MappedProblem): void {
    const { instance, code } = problem;
    const err = error instanceof Error ? error : new Error(`not an error but ${typeof error} was thrown`);
    if (cause === 'bug') this.logger.error({ msg: 'request failed unexpectedly', err, instance, code });
    if (cause === 'dependency') {
      this.logger.warn({ msg: 'a dependency failed a request', reason: err.message, instance, code });
    }
  }
}

function instanceOf(host: ArgumentsHost): string {
  if (host.getType() === 'rpc') {
    const context = host.switchToRpc().getContext<{ getChannel?: () => string } | undefined>();
    return context?.getChannel?.() ?? '';
  }
  return pathOf(host.switchToHttp().getRequest<FastifyRequest>().url);
}

/** Without the query, which may hold what nobody wants in a log. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

function answer(reply: FastifyReply, { problem, retryAfterSeconds }: MappedProblem): void {
  if (reply.sent || reply.raw.headersSent) return;
  if (retryAfterSeconds !== undefined) {
    void reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))));
  }
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
