import type { Type } from '@nestjs/common';
import { type ApiResponseOptions, getSchemaPath } from '@nestjs/swagger';
import type { CustomerBroadcastCode } from '../exceptions/customer-broadcast.exception.ts';
import type { BroadcastLifecycleController } from '../lifecycle/broadcast-lifecycle.controller.ts';
import type { Broadcast } from '../lifecycle/broadcast.entity.ts';
import { TransitionView } from '../lifecycle/transition.view.ts';

/** The routes that a kind inherits, and those that it brings itself, by what they do. */
type RouteName = Extract<
  keyof BroadcastLifecycleController<Broadcast, object>,
  'list' | 'get' | 'history' | 'cancel' | 'dispatched' | 'start' | 'complete'
>;

/** What a route of any kind is called, and how it answers. */
interface RouteText {
  readonly id: (Kind: string) => string;
  readonly summary: (kind: string) => string;
  readonly problems?: readonly CustomerBroadcastCode[];
  /** @default the broadcast as it now is */
  readonly answers?: (View: Type, kind: string) => ApiResponseOptions[];
}

const ends = { problems: ['INVALID_TRANSITION'] } as const;

/** Every route that a kind may have; a third kind has them all. */
export const BROADCAST_ROUTES: Readonly<Record<RouteName | 'create' | 'accept', RouteText>> = {
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
