import { applyDecorators, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import {
  ApiExtension,
  ApiHeader,
  type ApiHeaderOptions,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  type ApiQueryOptions,
  type ApiResponseOptions,
} from '@nestjs/swagger';
import { BROADCAST_ACTION, GUARDED_CREATE } from '../customer-broadcast.constants.ts';
import type { CustomerBroadcastCode } from '../exceptions/customer-broadcast.exception.ts';
import { BROADCAST_ACCESS, type BroadcastActionName } from '../lifecycle/broadcast-access.policy.ts';
import { choicesOf, type OnActive } from '../guard/on-active.policy.ts';
import type { GuardedCreate } from '../guard/single-active-broadcast.interceptor.ts';
import { ActiveBroadcastView } from '../lifecycle/active-broadcast.view.ts';

/** What the code of a route does not say by itself. @publicApi */
export interface BroadcastRouteDescription {
  /** Unique in the service. @example 'cancelParcel' */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** The codes with which this route refuses, beyond those that follow from its role, its `:id` and its key. @default none */
  readonly problems?: readonly string[];
  /** Headers that only this route reads. @default none */
  readonly headers?: readonly ApiHeaderOptions[];
  /** What it answers when it does not refuse. */
  readonly answers: readonly ApiResponseOptions[];
}

/** Read by whoever turns codes into answers; the library knows no transport. */
const PROBLEM_CODES = 'x-problem-codes';
const IDEMPOTENCY_CODES: readonly CustomerBroadcastCode[] = [
  'IDEMPOTENCY_IN_PROGRESS',
  'IDEMPOTENCY_KEY_REUSED',
];

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'Names this request: the same key and body get the first answer again, and nothing is done twice',
  schema: { type: 'string' as const, minLength: 1, maxLength: 255 },
};
/** Of a create that may return what is active. */
const RETURNED: ApiResponseOptions = {
  status: 200,
  description: 'With `onActive=return`: the active broadcast, of whichever kind',
  type: ActiveBroadcastView,
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
    const { operationId, summary, description, problems = [], headers = [] } = route;
    const codes = [
      'FORBIDDEN',
      ...(hasId ? ['NOT_FOUND'] : []),
      ...problems,
      ...(isCommand ? IDEMPOTENCY_CODES : []),
    ];
    const create = Reflect.getMetadata(GUARDED_CREATE, handler) as GuardedCreate | undefined;
    const choices: readonly OnActive[] = create ? choicesOf(create.options) : [];
    const answers = choices.includes('return') ? [...route.answers, RETURNED] : route.answers;
    const decorators = [
      ApiOperation({ operationId, summary, ...(description !== undefined && { description }) }),
      ApiExtension('x-roles', [...BROADCAST_ACCESS[action]]),
      ApiExtension(PROBLEM_CODES, codes),
      ...(hasId ? [ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })] : []),
      ...[...headers, ...(isCommand ? [IDEMPOTENCY_KEY] : [])].map((header) => ApiHeader(header)),
      ...(choices.length > 1 ? [ApiQuery(onActiveOf(choices))] : []),
      ...answers.map((answer) => ApiResponse(isCommand ? withReplay(answer) : { ...answer })),
    ];
    applyDecorators(...decorators)(target, key, descriptor);
  };
}

function onActiveOf(choices: readonly OnActive[]): ApiQueryOptions {
  return {
    name: 'onActive',
    required: false,
    description: 'What becomes of a broadcast that the customer has active',
    schema: { type: 'string', enum: [...choices], default: choices[0] },
  };
}

function withReplay(answer: ApiResponseOptions): ApiResponseOptions {
  return { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': REPLAYED } };
}
