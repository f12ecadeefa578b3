import { applyDecorators, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import {
  ApiExtension,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  type ApiResponseOptions,
} from '@nestjs/swagger';
import { BROADCAST_ACTION } from '../customer-broadcast.constants.ts';
import type { CustomerBroadcastCode } from '../exceptions/customer-broadcast.exception.ts';
import { BROADCAST_ACCESS, type BroadcastActionName } from '../lifecycle/broadcast-access.policy.ts';
import type { IdempotencyCode } from './idempotency.problems.ts';

/** What the code of a route does not say by itself. @publicApi */
export interface BroadcastRouteDescription {
  /** Unique in the service. @example 'cancelParcel' */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** The codes with which this route refuses, beyond those that follow from its role, its `:id` and its key. @default none */
  readonly problems?: readonly CustomerBroadcastCode[];
  /** What it answers when it does not refuse. */
  readonly answers: readonly ApiResponseOptions[];
}

/** Read by whoever turns codes into answers; the library knows no transport. */
const PROBLEM_CODES = 'x-problem-codes';
const IDEMPOTENCY_CODES: readonly IdempotencyCode[] = ['IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED'];

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'Names this request: the same key and body get the first answer again, and nothing is done twice',
  schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
};
const REPLAYED = {
  description: 'There when this is the first answer again',
  schema: { type: 'string' as const, enum: ['true'] },
};

/**
 * Documents a handler that has a route and `@BroadcastAction` or `@SingleActiveBroadcast`, and stands above both: who may
 * call it, its id, the idempotency key of a command, its answers, and the codes of its refusals (as the extension
 * `x-problem-codes`; how a code is answered is the application's business).
 *
 * @example
 * @ApiBroadcastRoute({ operationId: 'findActive', summary: 'What is on the air', answers: [{ status: 200, type: ParcelView }] })
 * @publicApi
 */
export function ApiBroadcastRoute(route: BroadcastRouteDescription): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    const action = Reflect.getMetadata(BROADCAST_ACTION, handler) as BroadcastActionName;
    const isCommand = Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.POST;
    const hasId = String(Reflect.getMetadata(PATH_METADATA, handler)).includes(':id');
    const { operationId, summary, description, problems = [] } = route;
    const codes = [
      'FORBIDDEN',
      ...(hasId ? ['NOT_FOUND'] : []),
      ...problems,
      ...(isCommand ? IDEMPOTENCY_CODES : []),
    ];
    const decorators = [
      ApiOperation({ operationId, summary, ...(description !== undefined && { description }) }),
      ApiExtension('x-roles', [...BROADCAST_ACCESS[action]]),
      ApiExtension(PROBLEM_CODES, codes),
      ...(hasId ? [ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })] : []),
      ...(isCommand ? [ApiHeader(IDEMPOTENCY_KEY)] : []),
      ...route.answers.map((answer) => ApiResponse(isCommand ? withReplay(answer) : { ...answer })),
    ];
    applyDecorators(...decorators)(target, key, descriptor);
  };
}

function withReplay(answer: ApiResponseOptions): ApiResponseOptions {
  return { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': REPLAYED } };
}
