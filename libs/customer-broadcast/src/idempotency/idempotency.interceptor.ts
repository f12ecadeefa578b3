import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { parseRequest } from '../context/request.parser.ts';
import { IDEMPOTENCY_OPTIONS, type IdempotencyOptions } from './idempotency.options.ts';
import type { RecordedAnswer } from './idempotency.repository.ts';
import { type IdempotentAnswer, IdempotencyService } from './idempotency.service.ts';
import { parseIdempotentRequest } from './idempotent-request.parser.ts';

/** Tells a caller that the answer is that of an earlier request. */
const REPLAYED_HEADER = 'idempotency-replayed';

/** What the replies of Nest's two HTTP adapters have in common. */
interface HttpReply {
  readonly statusCode: number;
  getHeaders(): Readonly<Record<string, unknown>>;
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/**
 * Makes a command safe to repeat, when it comes with an idempotency key. It is the outermost interceptor of the library:
 * the guard of a create would take the first request's own broadcast for a reason to refuse its repetition.
 *
 * It works with promises, so that a caller who gives up does not end the transaction half-way.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly idempotency: IdempotencyService,
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = parseIdempotentRequest(parseRequest(context), () => this.options.caller(context));
    if (!request) return next.handle();
    const reply = context.getType() === 'http' ? context.switchToHttp().getResponse<HttpReply>() : null;
    const answer = await this.idempotency.run(request, () => execute(next, reply));
    if (answer.replayed && reply) replay(answer, reply);
    return of(answer.body);
  }
}

async function execute(next: CallHandler, reply: HttpReply | null): Promise<RecordedAnswer> {
  const before = { ...reply?.getHeaders() };
  const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
  const headers = Object.entries(reply?.getHeaders() ?? {})
    .filter(([name, value]) => before[name] !== value)
    .map(([name, value]) => [name, String(value)]);
  return {
    status: reply?.statusCode ?? null,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body,
  };
}

function replay({ status, headers }: IdempotentAnswer, reply: HttpReply): void {
  if (status !== null) reply.status(status);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.header(REPLAYED_HEADER, 'true');
}
