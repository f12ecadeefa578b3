import type { Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ApiBearerAuth, ApiExtraModels, ApiTags } from '@nestjs/swagger';
import { GUARDED_CREATE } from '../customer-broadcast.constants.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { TransitionView } from '../lifecycle/transition.view.ts';
import { ApiBroadcastRoute } from './broadcast-route.decorator.ts';
import { ActiveBroadcastView } from '../lifecycle/active-broadcast.view.ts';
import { BROADCAST_ROUTES, type BroadcastRouteText } from './broadcast-routes.constants.ts';

type Handler = (...args: never[]) => unknown;

/** What a kind documents otherwise than the library does. @publicApi */
export interface BroadcastDocument {
  /** Routes of the kind's own, by the name of their method; one of the same name takes the place of the library's. */
  readonly routes?: Readonly<Record<string, BroadcastRouteText>>;
  /** The class of a step of the history. @default TransitionView */
  readonly TransitionView?: Type;
  /** The class of the active broadcast that a create returns. @default ActiveBroadcastView */
  readonly ActiveView?: Type;
}

/**
 * Documents every route of a kind's controller: the inherited ones, its create, and those of its own that are described.
 *
 * @param View the class of the answer, its fields with `@ApiProperty`
 * @example
 * @ApiBroadcasts(PARCEL, BroadcastView)
 * @Controller('v1/parcels')
 * class ParcelController extends BroadcastLifecycleController<Parcel, BroadcastView> {}
 * @publicApi
 */
export function ApiBroadcasts(
  kind: BroadcastKind,
  View: Type,
  document: BroadcastDocument = {},
): ClassDecorator {
  const views = { View, TransitionView: document.TransitionView ?? TransitionView };
  const { ActiveView = ActiveBroadcastView, routes = {} } = document;
  return (controller) => {
    const prototype = controller.prototype as Record<string, Handler>;
    for (const [name, route] of Object.entries<BroadcastRouteText>({ ...BROADCAST_ROUTES, ...routes })) {
      const method = name in prototype || name !== 'create' ? name : findCreate(prototype);
      const handler = prototype[method ?? ''];
      if (method === undefined || !handler || !Reflect.hasMetadata(PATH_METADATA, handler)) continue;
      ApiBroadcastRoute({
        operationId: route.id(kind.name.charAt(0).toUpperCase() + kind.name.slice(1)),
        summary: route.summary(kind.name),
        problems: route.problems,
        answers: route.answers?.(views, kind.name) ?? [
          { status: 200, description: `The ${kind.name} as it now is`, type: View },
        ],
        ActiveView,
      })(prototype, method, { value: ownHandler(prototype, method, handler) });
    }
    for (const decorate of [
      ApiTags(kind.table),
      ApiBearerAuth(),
      ApiExtraModels(View, views.TransitionView),
    ]) {
      decorate(controller);
    }
  };
}

/** A create may have any name. */
function findCreate(prototype: Record<string, Handler>): string | undefined {
  return Object.getOwnPropertyNames(prototype).find(
    (name) => typeof prototype[name] === 'function' && Reflect.hasMetadata(GUARDED_CREATE, prototype[name]),
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
