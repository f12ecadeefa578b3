import { ApiRoles, Idempotent } from '@app/customer-broadcast';
import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { TRUCK_ACTION, TruckAccessGuard } from './truck-access.guard.ts';
import { isCommand, TRUCK_ACCESS, type TruckActionName } from './truck-access.policy.ts';

/**
 * Opens a handler to the roles that `TRUCK_ACCESS` names for the action, and says so in the document. One that changes a
 * request is also made safe to repeat. Of a create it stands below `@SingleActiveBroadcast`, so that the role is asked first.
 *
 * @publicApi
 */
export function TruckAction(action: TruckActionName): MethodDecorator {
  const decorators = [
    SetMetadata(TRUCK_ACTION, action),
    ApiRoles(...TRUCK_ACCESS[action]),
    UseGuards(TruckAccessGuard),
  ];
  return applyDecorators(...decorators, ...(isCommand(action) ? [Idempotent()] : []));
}
