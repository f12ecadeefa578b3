import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError } from 'rxjs';
import type { BroadcastProblem } from '../interfaces/broadcast-problem.interface.ts';
import { BroadcastCallException } from './broadcast-call.exceptions.ts';
import { type AnsweredProblem, problemOf } from './broadcast-problem.mapper.ts';
import { CustomerBroadcastException } from './customer-broadcast.exception.ts';

/** What the sockets of Nest's two adapters have in common: one of `ws` sends texts, one of Socket.IO emits events. */
interface Socket {
  readonly readyState?: number;
  send(text: string): void;
  emit(event: string, data: unknown): void;
}

/**
 * Answers the library's exceptions, whatever the transport, with the same problem (RFC 9457):
 *
 * - HTTP, Fastify or Express: its status, `application/problem+json`, `Retry-After` where there is something to wait for;
 * - RPC: the error of the call is the problem;
 * - GraphQL: the error's `extensions` are the problem, so `extensions.code` tells what it was;
 * - WebSockets: an event `exception` whose data is the problem.
 *
 * `CustomerBroadcastModule.forRoot` registers it for the application, unless it says `filter: false`. A filter of the
 * application's own that catches these exceptions and is given to `useGlobalFilters`, a controller or a handler goes first. A
 * microservice of a hybrid application uses it with `inheritAppConfig: true`, and a gateway with `@UseFilters`, because Nest
 * gives those no filter of the application.
 *
 * @publicApi
 */
@Catch(CustomerBroadcastException, BroadcastCallException)
export class CustomerBroadcastFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** @returns what Nest passes on: an Observable over RPC, an Error over GraphQL */
  catch(error: CustomerBroadcastException | BroadcastCallException, host: ArgumentsHost): unknown {
    const transport = host.getType<string>();
    const answered = problemOf(error, instanceOf(host, transport));
    switch (transport) {
      case 'http': {
        this.reply(answered, host);
        return;
      }
      case 'rpc':
        return throwError(() => answered.problem);
      case 'graphql':
        return Object.assign(new Error(answered.problem.detail, { cause: error }), {
          extensions: answered.problem,
        });
      case 'ws': {
        emit(host.switchToWs().getClient<Socket>(), answered.problem);
        return;
      }
      default:
        throw error; // a transport of the application's own has to answer it itself
    }
  }

  private reply({ problem, retryAfterSeconds }: AnsweredProblem, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    if (httpAdapter.isHeadersSent(response)) return;
    if (retryAfterSeconds !== undefined)
      httpAdapter.setHeader(response, 'Retry-After', String(retryAfterSeconds));
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    httpAdapter.reply(response, JSON.stringify(problem), problem.status);
  }
}

function emit(socket: Socket, problem: BroadcastProblem): void {
  // A socket of `ws` has `emit` as well, which tells only listeners of this process.
  if (socket.readyState === undefined) socket.emit('exception', problem);
  else socket.send(JSON.stringify({ event: 'exception', data: problem }));
}

/** What was asked: a path, a pattern, or a field. */
function instanceOf(host: ArgumentsHost, transport: string): string {
  switch (transport) {
    case 'http': {
      // Without the query, which may hold what no log and no answer should.
      const { originalUrl } = host.switchToHttp().getRequest<{ readonly originalUrl?: string }>();
      return originalUrl?.split('?', 1)[0] ?? '';
    }
    case 'rpc': {
      const context = host.switchToRpc().getContext<{ getChannel?: () => string } | undefined>();
      return context?.getChannel?.() ?? '';
    }
    case 'ws':
      return host.switchToWs().getPattern();
    case 'graphql':
      return host.getArgByIndex<{ readonly fieldName?: string } | undefined>(3)?.fieldName ?? '';
    default:
      return '';
  }
}
