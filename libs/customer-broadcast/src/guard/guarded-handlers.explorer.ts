import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { GUARDED_CREATE } from '../customer-broadcast.constants.ts';
import { GATEWAY_WITHOUT_FILTER_TEXT, GUARD_OUT_OF_REACH_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastKindRegistry } from '../kinds/broadcast-kind.registry.ts';
import type { GuardedCreate } from './single-active-broadcast.interceptor.ts';

/**
 * What Nest's decorators leave on a method that a transport calls: a route, a message pattern, a field of GraphQL, a message
 * of a gateway. By name, as the library depends on none of these packages.
 */
const HANDLER_MARKS = ['path', 'microservices:pattern', 'graphql:resolver_type', 'message'];

/** And on the class that such a method is called on. Of a controller Nest itself knows it. */
const GATEWAY_MARK = 'websockets:is_gateway';
const HOST_MARKS = ['graphql:resolver_type', 'graphql:resolver_name', GATEWAY_MARK];

/** What `@UseFilters` leaves on a class or a method. */
const FILTERS_MARK = '__exceptionFilters__';

/**
 * Looks at every handler with `@SingleActiveBroadcast` when the application starts: Nest runs interceptors around routes,
 * messages and fields only, and around the method of a queue's processor or a timer the decorator would do nothing, in silence.
 *
 * @throws Error at start that names the method, for one that no transport calls
 * @throws Error at start that names the kind, for one that is not registered
 * @throws Error at start that names the gateway, for one without a filter: Nest applies none of the application's to gateways
 */
@Injectable()
export class GuardedHandlersExplorer implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    private readonly kinds: BroadcastKindRegistry,
  ) {}

  onModuleInit(): void {
    for (const { metatype } of this.discovery.getControllers()) this.check(metatype, true);
    for (const { metatype } of this.discovery.getProviders()) this.check(metatype, false);
  }

  private check(host: unknown, isController: boolean): void {
    if (typeof host !== 'function') return;
    const prototype = host.prototype as Record<string, unknown> | undefined;
    if (!prototype) return; // the factory of a provider
    for (const name of this.scanner.getAllMethodNames(prototype)) {
      const method = prototype[name];
      if (typeof method !== 'function') continue;
      const guarded = this.reflector.get<GuardedCreate | undefined>(GUARDED_CREATE, method);
      if (!guarded) continue;
      const isReached = (isController || isMarked(host, HOST_MARKS)) && isMarked(method, HANDLER_MARKS);
      if (!isReached) throw new Error(GUARD_OUT_OF_REACH_TEXT((host as Type).name, name));
      const isUnfiltered = !isMarked(host, [FILTERS_MARK]) && !isMarked(method, [FILTERS_MARK]);
      if (isMarked(host, [GATEWAY_MARK]) && isUnfiltered) {
        throw new Error(GATEWAY_WITHOUT_FILTER_TEXT((host as Type).name));
      }
      this.kinds.get(guarded.kind);
    }
  }
}

function isMarked(target: object, marks: readonly string[]): boolean {
  return marks.some((mark) => Reflect.hasMetadata(mark, target));
}
