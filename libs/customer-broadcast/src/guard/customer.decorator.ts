import {
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../customer-broadcast.constants.ts';
import type { ResolvedOptions } from '../interfaces/customer-broadcast-options.interface.ts';
import { customerOf } from './customer.guard.ts';

/** A parameter decorator reaches no provider, a pipe does: the one hands the context to the other. */
const RequestContext = createParamDecorator((_: unknown, context: ExecutionContext) => context);

@Injectable()
export class CustomerPipe implements PipeTransform<ExecutionContext, string> {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  transform(context: ExecutionContext): string {
    return customerOf(this.options, context);
  }
}

/**
 * Parameter: the customer for whom the request is made, as the option `customer` tells it.
 *
 * @example
 * @Post()
 * @SingleActiveBroadcast('parcel')
 * create(@CurrentCustomer() customerId: string, @Body() body: CreateParcelDto): Promise<ParcelView> { … }
 * @publicApi
 */
export function CurrentCustomer(): ParameterDecorator {
  return RequestContext(CustomerPipe);
}
