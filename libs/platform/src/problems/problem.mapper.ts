import { HttpException } from '@nestjs/common';
import { isDependencyFailure } from './dependency-failure.ts';
import { PLATFORM_PROBLEMS, type PlatformProblemCode } from './problem.constants.ts';
import type { Problem, ProblemDefinition, ProblemTable } from './problem.interface.ts';

/** A problem and what goes beside it: the header, and who has to look at it. */
export interface MappedProblem {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number;
  /** `refusal`: the caller's business; `dependency`: the operator's; `bug`: ours. */
  readonly cause: 'refusal' | 'dependency' | 'bug';
}

interface CodedError extends Error {
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const CODE_BY_STATUS: Readonly<Record<number, PlatformProblemCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  431: 'HEADERS_TOO_LARGE',
  503: 'DEPENDENCY_UNAVAILABLE',
};

/** The answer to any error. Only errors whose code is in the table, or that HTTP itself made, show their text. */
export function mapToProblem(error: unknown, instance: string, table: ProblemTable): MappedProblem {
  if (isCoded(error, table)) {
    return describe(error.code, error.message, { instance, table, details: error.details });
  }
  if (error instanceof HttpException && (error.getStatus() < 500 || error.getStatus() === 503)) {
    const code = CODE_BY_STATUS[error.getStatus()] ?? 'VALIDATION_FAILED';
    const details = code === 'VALIDATION_FAILED' ? { errors: [] } : undefined;
    return describe(code, error.message, { instance, table, details });
  }
  if (isDependencyFailure(error)) {
    const detail =
      'Something that this request needs cannot be reached. Nothing is known to have changed; try again.';
    return { ...describe('DEPENDENCY_UNAVAILABLE', detail, { instance, table }), cause: 'dependency' };
  }
  const detail = 'The request could not be carried out. It has been logged.';
  return { ...describe('INTERNAL_ERROR', detail, { instance, table }), cause: 'bug' };
}

/** A reference relative to the service: it identifies the kind of problem wherever the service is deployed. */
export function problemType(code: string): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}

interface Circumstances {
  readonly instance: string;
  readonly table: ProblemTable;
  readonly details?: Readonly<Record<string, unknown>>;
}

function describe(code: string, detail: string, { instance, table, details }: Circumstances): MappedProblem {
  const definition: ProblemDefinition = table[code] ?? PLATFORM_PROBLEMS.INTERNAL_ERROR;
  const { retryAfterSeconds: own, ...members } = details ?? {};
  const problem: Problem = {
    ...members,
    type: problemType(code),
    title: definition.title,
    status: definition.status,
    detail,
    instance,
    code,
  };
  const retryAfterSeconds = typeof own === 'number' ? own : definition.retryAfterSeconds;
  return { problem, retryAfterSeconds, cause: 'refusal' };
}

function isCoded(error: unknown, table: ProblemTable): error is CodedError {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && Object.hasOwn(table, code);
}
