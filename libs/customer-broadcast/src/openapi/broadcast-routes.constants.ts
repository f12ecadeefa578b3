import type { Type } from '@nestjs/common';
import { type ApiResponseOptions, getSchemaPath } from '@nestjs/swagger';
import type { BroadcastLifecycleController } from '../lifecycle/broadcast-lifecycle.controller.ts';
import type { Broadcast } from '../lifecycle/broadcast.entity.ts';

/** The routes that a kind inherits. */
type RouteName = Extract<
  keyof BroadcastLifecycleController<Broadcast, object>,
  'list' | 'get' | 'history' | 'cancel'
>;

/** The classes of a kind's answers. @publicApi */
export interface BroadcastViews {
  readonly View: Type;
  readonly TransitionView: Type;
}

/** What a route is called in the document of each kind that has it, and how it answers. @publicApi */
export interface BroadcastRouteText {
  /** @param Kind the kind's name with a capital letter. @example (Kind) => `deliver${Kind}` */
  readonly id: (Kind: string) => string;
  /** @param kind the kind's name */
  readonly summary: (kind: string) => string;
  /** The codes with which it refuses. @default none beyond those of every route */
  readonly problems?: readonly string[];
  /** @default the broadcast as it now is */
  readonly answers?: (views: BroadcastViews, kind: string) => ApiResponseOptions[];
}

const END = { problems: ['INVALID_TRANSITION'] } as const;

/** The routes that every kind with a life has. @publicApi */
export const BROADCAST_ROUTES: Readonly<Record<RouteName | 'create', BroadcastRouteText>> = {
  create: {
    id: (Kind) => `create${Kind}`,
    summary: (kind) =>
      `Puts a ${kind} of the customer on the air, unless there is an active broadcast already`,
    problems: ['ORDER_ACTIVE_EXISTS'],
    answers: ({ View }, kind) => [
      {
        status: 201,
        description: `The new ${kind}`,
        type: View,
        headers: { Location: { description: 'Its path', required: true, schema: { type: 'string' } } },
      },
    ],
  },
  list: {
    id: (Kind) => `list${Kind}s`,
    summary: (kind) => `The customer's ${kind}s, newest first`,
    answers: ({ View }) => [{ status: 200, description: 'One page', schema: pageOf(View) }],
  },
  get: { id: (Kind) => `get${Kind}`, summary: (kind) => `One ${kind}` },
  history: {
    id: (Kind) => `get${Kind}History`,
    summary: (kind) => `The transitions of a ${kind}, oldest first`,
    answers: ({ TransitionView }) => [
      { status: 200, description: 'All of them', schema: listOf(TransitionView) },
    ],
  },
  cancel: {
    id: (Kind) => `cancel${Kind}`,
    summary: (kind) => `Cancels a ${kind}; again is no error`,
    ...END,
  },
};

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
