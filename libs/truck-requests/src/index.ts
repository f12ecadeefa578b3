export { NoLongerAvailableException } from './acceptance/no-longer-available.exception.ts';
export {
  type ItemAllotment,
  TruckAcceptanceService,
  type TruckOffer,
} from './acceptance/truck-acceptance.service.ts';
export { CreateTruckRequestDto } from './create-truck-request.dto.ts';
export { TruckLifecycleService } from './life/truck-lifecycle.service.ts';
export { TruckReaderService } from './life/truck-reader.service.ts';
export { type Place, PlaceDto } from './place.dto.ts';
export {
  type ActiveTruckStatus,
  TRUCK_LIFE,
  type TruckKind,
  type TruckStatus,
} from './request/truck.lifecycle.ts';
export { DispatchedDto } from './routes/dispatched.dto.ts';
export { TruckLifecycleController } from './routes/truck-lifecycle.controller.ts';
export {
  TruckLifecycleRpcController,
  type TruckRpcController,
} from './routes/truck-lifecycle-rpc.controller.ts';
export { ApiTruckRequests } from './routes/truck-routes.decorator.ts';
export { runExpiry } from './run-expiry.ts';
export { TruckRequest } from './truck-request.entity.ts';
export { truckRequestProblems } from './truck-request.problems.ts';
export { presentTruckRequest, TruckRequestView } from './truck-request.view.ts';
export { TruckServiceModule, type TruckServiceOptions } from './truck-service.module.ts';
export { truckRequestMigrations } from './migrations/index.ts';
export {
  type InstalledTruckRequest,
  installTruckRequest,
  uninstallTruckRequest,
} from './migrations/v1/truck-requests.sql.ts';
