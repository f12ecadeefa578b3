import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom, from, timeout, TimeoutError } from 'rxjs';
import {
  type BroadcastCall,
  BroadcastNotSentException,
  BroadcastOutcomeUnknownException,
  BroadcastRefusedException,
} from '../exceptions/broadcast-call.exceptions.ts';
import type { BroadcastActor } from '../interfaces/broadcast-actor.interface.ts';
import type { BroadcastProblem } from '../interfaces/broadcast-problem.interface.ts';
import { assertActor } from './broadcast-call.checks.ts';
import { attendCommands } from './unattended-commands.ts';
import { NO_PROBLEM_TEXT } from './customer-broadcast-client.messages.ts';

/** What a request carries beside its actor. */
export interface BroadcastRequest extends BroadcastCall {
  readonly actor: BroadcastActor;
  readonly body?: object;
}

/** One attempt without an answer. `sent` tells whether a service may have heard it. */
interface Unanswered {
  readonly sent: boolean;
  readonly cause: unknown;
}

/**
 * Sends a request until it is answered, `1 + retries` times at most. Every attempt is a message of its own with the same
 * idempotency key, so that any replica may take it, and the service knows that it is the same request. A request without a
 * key is sent again only because it changes nothing.
 *
 * Safe to use at once from anywhere; keeps nothing between two calls.
 */
export class BroadcastRequestSender {
  constructor(
    private readonly proxy: ClientProxy,
    private readonly timeoutMs: number,
    private readonly retries: number,
  ) {}

  async send<T>({ pattern, idempotencyKey, actor, body }: BroadcastRequest): Promise<T> {
    assertActor(actor);
    const call: BroadcastCall = { pattern, idempotencyKey };
    // Only what the service reads: an actor may be a whole token's claims. The envelope wins over fields of the body.
    const payload = {
      ...body,
      actor: { sub: actor.sub, role: actor.role },
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    };
    let sent = 0;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.attempt(call, payload, sent);
      if ('answer' in outcome) return outcome.answer as T;
      if (outcome.sent) sent += 1;
      const { cause } = outcome;
      // What was never sent fails at once: the caller knows best whether to wait for Redis.
      if (sent === 0) throw new BroadcastNotSentException(call, reasonOf(cause), { cause });
      if (attempt >= this.retries || !outcome.sent) {
        throw new BroadcastOutcomeUnknownException(call, sent, { cause });
      }
    }
  }

  private async attempt(
    call: BroadcastCall,
    payload: object,
    sentBefore: number,
  ): Promise<{ readonly answer: unknown } | Unanswered> {
    const startedAt = performance.now();
    try {
      // send() would connect too; apart from it, it is known that nothing was sent.
      await firstValueFrom(from(this.proxy.connect() as Promise<unknown>).pipe(timeout(this.timeoutMs)), {
        defaultValue: undefined,
      });
      attendCommands(this.proxy, call.pattern);
    } catch (cause) {
      return { sent: false, cause };
    }
    const left = Math.max(1, this.timeoutMs - (performance.now() - startedAt));
    try {
      // Unsubscribing, which the time-out does, takes the request out of the proxy's books.
      const answer$ = this.proxy.send<unknown>(call.pattern, payload).pipe(timeout(left));
      return { answer: await firstValueFrom(answer$) };
    } catch (error) {
      // The transport's own errors are Errors, among them a lost connection and a stream that ended without an answer.
      if (error instanceof Error) return { sent: true, cause: error };
      const problem = problemOf(call, error);
      // An earlier attempt of ours is still being carried out: its result is what was asked for.
      if (sentBefore > 0 && isInFlight(problem)) {
        throw new BroadcastOutcomeUnknownException(call, sentBefore + 1, { cause: error });
      }
      throw new BroadcastRefusedException(call, problem);
    }
  }
}

/** Whether the same request, or a create of the same customer, is still being carried out. */
function isInFlight({ code, activeBroadcast }: BroadcastProblem): boolean {
  return code === 'IDEMPOTENCY_IN_PROGRESS' || (code === 'ORDER_ACTIVE_EXISTS' && activeBroadcast === null);
}

/** What a service, or its Nest, put into `err`. */
function problemOf({ pattern }: BroadcastCall, err: unknown): BroadcastProblem {
  if (typeof err === 'object' && err !== null) {
    const { code, status, detail } = err as Partial<BroadcastProblem>;
    if (typeof code === 'string' && Number.isInteger(status) && typeof detail === 'string') {
      return err as BroadcastProblem;
    }
  }
  return {
    type: '/problems/internal-error',
    title: 'Something went wrong at the other service',
    status: 500,
    detail: NO_PROBLEM_TEXT(pattern),
    instance: pattern,
    code: 'INTERNAL_ERROR',
    received: err,
  };
}

function reasonOf(cause: unknown): string {
  if (cause instanceof TimeoutError) return 'no connection in time';
  if (!(cause instanceof Error)) return String(cause);
  const { message, code, name } = cause as NodeJS.ErrnoException;
  return message === '' ? (code ?? name) : message;
}
