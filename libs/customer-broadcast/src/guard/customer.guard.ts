import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import { CUSTOMER_ID_TEXT } from '../customer-broadcast.messages.ts';
import { BroadcastInputException } from '../exceptions/broadcast.exceptions.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';

const VISIBLE_ASCII = /^[!-~]{1,128}$/;

/**
 * The customer for whom a request is made, as the option `customer` tells it: never from a body on trust.
 *
 * @throws BroadcastInputException when it is not 1 to 128 visible ASCII characters
 * @throws what the option `customer` throws
 */
export function customerOf(
  { customer }: Pick<ResolvedOptions, 'customer'>,
  context: ExecutionContext,
): string {
  const id: unknown = customer(context);
  if (typeof id === 'string' && VISIBLE_ASCII.test(id)) return id;
  throw new BroadcastInputException('customer', CUSTOMER_ID_TEXT(id));
}

/**
 * Lets a request in that a customer makes. It runs before interceptors and pipes, so a stranger is refused before anything is
 * looked at or locked.
 *
 * @throws what the option `customer` throws
 */
@Injectable()
export class CustomerGuard implements CanActivate {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  canActivate(context: ExecutionContext): boolean {
    customerOf(this.options, context);
    return true;
  }
}
