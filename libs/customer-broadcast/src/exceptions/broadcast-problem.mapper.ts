import type { BroadcastProblem } from '../interfaces/broadcast-problem.interface.ts';
import { BroadcastCallException } from './broadcast-call.exceptions.ts';
import type { CustomerBroadcastException } from './customer-broadcast.exception.ts';
import { customerBroadcastProblems } from './problems.ts';

/** A problem and what goes beside it over HTTP. */
export interface AnsweredProblem {
  readonly problem: BroadcastProblem;
  /** Whole seconds, 1 or more. */
  readonly retryAfterSeconds?: number;
}

/**
 * How an exception of the library is answered.
 *
 * @param instance what was asked: path, pattern or field
 */
export function problemOf(
  error: CustomerBroadcastException | BroadcastCallException,
  instance: string,
): AnsweredProblem {
  const { status, title, retryAfterSeconds: usual } = definitionOf(error);
  const { retryAfterSeconds: own, ...members } = error.details;
  const type = `/problems/${error.code.toLowerCase().replaceAll('_', '-')}`;
  const { message: detail, code } = error;
  const seconds = typeof own === 'number' ? own : usual;
  return {
    problem: { ...members, type, title, status, detail, instance, code },
    ...(seconds === undefined ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(seconds)) }),
  };
}

interface Definition {
  readonly status: number;
  readonly title: string;
  readonly retryAfterSeconds?: number;
}

function definitionOf(error: CustomerBroadcastException | BroadcastCallException): Definition {
  return error instanceof BroadcastCallException ? error : customerBroadcastProblems[error.code];
}
