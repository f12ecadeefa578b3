import type { Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import {
  ApiBearerAuth,
  ApiExtraModels,
  type ApiResponseOptions,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { BROADCAST_ACTION } from '../customer-broadcast.constants.ts';
import type { CustomerBroadcastCode } from '../exceptions/customer-broadcast.exception.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import type { BroadcastLifecycleController } from '../lifecycle/broadcast-lifecycle.controller.ts';
import type { Broadcast } from '../lifecycle/broadcast.entity.ts';
import { TransitionView } from '../lifecycle/transition.view.ts';
import { ApiBroadcastRoute } from './broadcast-route.decorator.ts';

type Handler = (...args: never[]) => unknown;
/** The routes that a kind inherits, and those that it brings itself, by what they do. */
type RouteName = Extract<
  keyof BroadcastLifecycleController<Broadcast, object>,
  'list' | 'get' | 'history' | 'cancel' | 'dispatched' | 'start' | 'complete'
>;

interface RouteText {
  readonly id: (Kind: string) => string;
  readonly summary: (kind: string) => string;
  readonly problems?: readonly CustomerBroadcastCode[];
  /** @default the broadcast as it now is */
  readonly answers?: (View: Type, kind: string) => ApiResponseOptions[];
}

const ends = { problems: ['INVALID_TRANSITION'] } as const;

const ROUTES: Readonly<Record<RouteName | 'create' | 'accept', RouteText>> = {
  create: {
    id: (Kind) => `create${Kind}`,
    summary: (kind) =>
      `Puts a ${kind} of the customer on the air, unless there is an active broadcast already`,
    problems: ['ORDER_ACTIVE_EXISTS'],
    answers: (View, kind) => [
      {
        status: 201,
        description: `The new ${kind}`,
        type: View,
        headers: { Location: { description: 'Its path', required: true, schema: { type: 'string' } } },
      },
    ],
  },
  accept: {
    id: (Kind) => `accept${Kind}`,
    summary: (kind) => `Accepts trucks of a ${kind}, all that are offered or none; again is no error`,
    problems: ['INVALID_TRANSITION', 'NO_LONGER_AVAILABLE'],
  },
  list: {
    id: (Kind) => `list${Kind}s`,
    summary: (kind) => `The customer's ${kind}s, newest first; an operator sees everybody's`,
    answers: (View) => [{ status: 200, description: 'One page', schema: pageOf(View) }],
  },
  get: { id: (Kind) => `get${Kind}`, summary: (kind) => `One ${kind}` },
  history: {
    id: (Kind) => `get${Kind}History`,
    summary: (kind) => `The transitions of a ${kind}, oldest first`,
    answers: () => [{ status: 200, description: 'All of them', schema: listOf(TransitionView) }],
  },
  cancel: {
    id: (Kind) => `cancel${Kind}`,
    summary: (kind) => `Cancels a ${kind}; again is no error`,
    ...ends,
  },
  dispatched: {
    id: (Kind) => `report${Kind}Dispatched`,
    summary: (kind) => `Reports that transporters were told of a ${kind}; again is no error`,
    ...ends,
  },
  start: {
    id: (Kind) => `start${Kind}`,
    summary: (kind) => `The trucks of a ${kind} are under way`,
    ...ends,
  },
  complete: { id: (Kind) => `complete${Kind}`, summary: (kind) => `A ${kind} has been carried out`, ...ends },
};

/**
 * Documents every route of a kind's controller: the inherited ones, and those of its own that create or accept.
 *
 * @param View the class of the answer, its fields with `@ApiProperty`
 * @example
 * @ApiBroadcasts(PARCEL, BroadcastView)
 * @Controller('v1/parcels')
 * class ParcelController extends BroadcastLifecycleController<Parcel, BroadcastView> {}
 * @publicApi
 */
export function ApiBroadcasts(kind: BroadcastKind, View: Type): ClassDecorator {
  return (controller) => {
    const prototype = controller.prototype as Record<string, Handler>;
    for (const [name, route] of Object.entries(ROUTES)) {
      const method = name in prototype ? name : findByAction(prototype, name);
      const handler = prototype[method ?? ''];
      if (method === undefined || !handler || !Reflect.hasMetadata(PATH_METADATA, handler)) continue;
      ApiBroadcastRoute({
        operationId: route.id(kind.name.charAt(0).toUpperCase() + kind.name.slice(1)),
        summary: route.summary(kind.name),
        problems: route.problems,
        answers: route.answers?.(View, kind.name) ?? [
          { status: 200, description: `The ${kind.name} as it now is`, type: View },
        ],
      })(prototype, method, { value: ownHandler(prototype, method, handler) });
    }
    for (const decorate of [ApiTags(kind.table), ApiBearerAuth(), ApiExtraModels(View, TransitionView)]) {
      decorate(controller);
    }
  };
}

/** A create or accept may have any name. */
function findByAction(prototype: Record<string, Handler>, action: string): string | undefined {
  return Object.getOwnPropertyNames(prototype).find(
    (name) =>
      typeof prototype[name] === 'function' &&
      Reflect.getMetadata(BROADCAST_ACTION, prototype[name]) === action,
  );
}

/**
 * What is said of a route is kept on its function, and an inherited one is the same function for every kind: each kind gets
 * a function of its own that does the same.
 */
function ownHandler(prototype: object, name: string, handler: Handler): Handler {
  if (Object.hasOwn(prototype, name)) return handler;
  const own = {
    [name](this: unknown, ...args: never[]): unknown {
      return handler.apply(this, args);
    },
  }[name] as Handler;
  for (const key of Reflect.getMetadataKeys(handler) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), own);
  }
  Object.defineProperty(prototype, name, { value: own, writable: true, configurable: true });
  return own;
}

function listOf(Item: Type) {
  return {
    type: 'object' as const,
    properties: { items: { type: 'array' as const, items: { $ref: getSchemaPath(Item) } } },
    required: ['items'],
    additionalProperties: false,
  };
}

function pageOf(View: Type) {
  const { properties, ...list } = listOf(View);
  const nextCursor = {
    type: 'string' as const,
    nullable: true,
    example: 'AZqcP10ue0GMai8eDZt6NQ',
    description: 'The cursor of the next page; null at the end',
  };
  return { ...list, properties: { ...properties, nextCursor }, required: ['items', 'nextCursor'] };
}
