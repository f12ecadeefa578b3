import { applyDecorators, RequestMethod, SetMetadata, type Type } from '@nestjs/common';
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
import { GUARDED_CREATE, ROUTE_ROLES } from '../customer-broadcast.constants.ts';
import type { CustomerBroadcastCode } from '../exceptions/customer-broadcast.exception.ts';
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
  /** Of a create that may return what is active: the class of that answer. @default ActiveBroadcastView */
  readonly ActiveView?: Type;
}

/** Read where codes are turned into answers; the library knows no transport. */
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
const RETURNED = {
  status: 200,
  description: 'With `onActive=return`: the active broadcast, of whichever kind',
};
const REPLAYED = {
  description: 'There when this is the first answer again',
  schema: { type: 'string' as const, enum: ['true'] },
};

/**
 * Documents a handler that has a route, and stands above its other decorators: who may call it, where {@link ApiRoles} says
 * so, its id, the idempotency key of a command, its answers, and the codes of its refusals (as the extension
 * `x-problem-codes`; how a code is answered is the application's business).
 *
 * @example
 * @ApiBroadcastRoute({ operationId: 'findActive', summary: 'What is on the air', answers: [{ status: 200, type: ParcelView }] })
 * @publicApi
 */
export function ApiBroadcastRoute(route: BroadcastRouteDescription): MethodDecorator {
  return (target, key, descriptor) => {
    const handler = descriptor.value as object;
    const roles = Reflect.getMetadata(ROUTE_ROLES, handler) as readonly string[] | undefined;
    const isCommand = Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.POST;
    const hasId = String(Reflect.getMetadata(PATH_METADATA, handler)).includes(':id');
    const { operationId, summary, description, problems = [], headers = [], ActiveView } = route;
    const codes = [
      ...(roles ? ['FORBIDDEN'] : []),
      ...(hasId ? ['NOT_FOUND'] : []),
      ...problems,
      ...(isCommand ? IDEMPOTENCY_CODES : []),
    ];
    const create = Reflect.getMetadata(GUARDED_CREATE, handler) as GuardedCreate | undefined;
    const choices: readonly OnActive[] = create ? choicesOf(create.options) : [];
    const answers = choices.includes('return')
      ? [...route.answers, { ...RETURNED, type: ActiveView ?? ActiveBroadcastView }]
      : route.answers;
    const decorators = [
      ApiOperation({ operationId, summary, ...(description !== undefined && { description }) }),
      ...(roles ? [ApiExtension('x-roles', [...roles])] : []),
      ApiExtension(PROBLEM_CODES, codes),
      ...(hasId ? [ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })] : []),
      ...[...headers, ...(isCommand ? [IDEMPOTENCY_KEY] : [])].map((header) => ApiHeader(header)),
      ...(choices.length > 1 ? [ApiQuery(onActiveOf(choices))] : []),
      ...answers.map((answer) => ApiResponse(isCommand ? withReplay(answer) : { ...answer })),
    ];
    applyDecorators(...decorators)(target, key, descriptor);
  };
}

/**
 * Says in the document (`x-roles`, `FORBIDDEN`) which roles may call the handler. It checks nothing: put it into the decorator
 * of yours that does.
 *
 * @publicApi
 */
export function ApiRoles(...roles: readonly string[]): MethodDecorator {
  return SetMetadata(ROUTE_ROLES, roles);
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
