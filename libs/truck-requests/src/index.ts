export { NoLongerAvailableException } from './acceptance/no-longer-available.exception.ts';
export {
  type ItemAllotment,
  TruckAcceptanceService,
  type TruckOffer,
} from './acceptance/truck-acceptance.service.ts';
export { TRUCK_ACCESS, type TruckActionName } from './access/truck-access.policy.ts';
export { TruckAction } from './access/truck-action.decorator.ts';
export { TruckKindClient } from './client/truck-kind.client.ts';
export { TruckRequestsClient } from './client/truck-requests.client.ts';
export { CreateTruckRequestDto } from './request/create-truck-request.dto.ts';
export { TruckLifecycleService } from './life/truck-lifecycle.service.ts';
export { TruckReaderService } from './life/truck-reader.service.ts';
export { type Place, PlaceDto } from './request/place.dto.ts';
export {
  type ActiveTruckStatus,
  TRUCK_LIFE,
  type TruckStatus,
  type TruckTransition,
} from './request/truck.lifecycle.ts';
export { ActiveTruckView } from './routes/active-truck.view.ts';
export type { TruckKind } from './request/truck-kind.interface.ts';
export { DispatchedDto } from './routes/dispatched.dto.ts';
export { ListTruckRequestsDto } from './routes/list-truck-requests.dto.ts';
export { TruckLifecycleController } from './routes/truck-lifecycle.controller.ts';
export {
  TruckLifecycleRpcController,
  type TruckRpcController,
} from './routes/truck-lifecycle-rpc.controller.ts';
export { ApiTruckRequests } from './routes/truck-routes.decorator.ts';
export { TruckTransitionView } from './routes/truck-transition.view.ts';
export { runExpiry } from './run-expiry.ts';
export { TruckRequest } from './request/truck-request.entity.ts';
export { truckRequestProblems } from './request/truck-request.problems.ts';
export { presentTruckRequest, TruckRequestView } from './request/truck-request.view.ts';
export { TruckServiceModule, type TruckServiceOptions } from './truck-service.module.ts';
export { truckRequestMigrations } from './migrations/index.ts';
export {
  type InstalledTruckRequest,
  installTruckRequest,
  uninstallTruckRequest,
} from './migrations/v1/truck-requests.sql.ts';
