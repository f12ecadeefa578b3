import type { Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ApiBearerAuth, ApiExtraModels, ApiTags } from '@nestjs/swagger';
import { BROADCAST_ACTION } from '../customer-broadcast.constants.ts';
import type { BroadcastKind } from '../interfaces/broadcast-kind.interface.ts';
import { TransitionView } from '../lifecycle/transition.view.ts';
import { ApiBroadcastRoute } from './broadcast-route.decorator.ts';
import { BROADCAST_ROUTES, type BroadcastRouteText } from './broadcast-routes.constants.ts';

type Handler = (...args: never[]) => unknown;

/**
 * Documents every route of a kind's controller: the inherited ones, its create, and those of its own that are described.
 *
 * @param View the class of the answer, its fields with `@ApiProperty`
 * @param more routes of the kind's own, by the name of their method or action; one of the same name takes the place of the
 *   library's
 * @example
 * @ApiBroadcasts(PARCEL, BroadcastView)
 * @Controller('v1/parcels')
 * class ParcelController extends BroadcastLifecycleController<Parcel, BroadcastView> {}
 * @publicApi
 */
export function ApiBroadcasts(
  kind: BroadcastKind,
  View: Type,
  more: Readonly<Record<string, BroadcastRouteText>> = {},
): ClassDecorator {
  return (controller) => {
    const prototype = controller.prototype as Record<string, Handler>;
    for (const [name, route] of Object.entries<BroadcastRouteText>({ ...BROADCAST_ROUTES, ...more })) {
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

/** A method with an action of that name may have any name itself. */
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
