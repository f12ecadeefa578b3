import { Inject, Injectable, RequestMethod } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import type { CancelLink } from '../interfaces/active-broadcast.interface.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';

/**
 * Makes the link by which a customer cancels a broadcast: the path under which the caller reaches it, so with the option
 * `linkPrefix` before the kind's route, or else with Nest's global prefix unless the route is excluded from it.
 */
@Injectable()
export class CancelLinks {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedOptions, 'linkPrefix'> = {},
    private readonly application: ApplicationConfig = new ApplicationConfig(),
  ) {}

  /** @param route of the kind, as `/v1/parcels` */
  to(route: string, id: string): CancelLink {
    const path = `${route}/${id}/cancel`;
    return { method: 'POST', href: (this.options.linkPrefix ?? this.globalPrefixOf(path)) + path };
  }

  /** Asked each time: an application sets it after its modules are made. */
  private globalPrefixOf(path: string): string {
    const prefix = this.application.getGlobalPrefix().replace(/^\/+|\/+$/g, '');
    if (prefix === '') return '';
    const { exclude = [] } = this.application.getGlobalPrefixOptions();
    const isExcluded = exclude.some(
      ({ pathRegex, requestMethod }) =>
        (requestMethod === RequestMethod.ALL || requestMethod === RequestMethod.POST) && pathRegex.test(path),
    );
    return isExcluded ? '' : `/${prefix}`;
  }
}
