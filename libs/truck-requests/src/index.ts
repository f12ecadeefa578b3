export { CreateTruckRequestDto } from './create-truck-request.dto.ts';
export { type Place, PlaceDto } from './place.dto.ts';
export { runExpiry } from './run-expiry.ts';
export { TruckRequest } from './truck-request.entity.ts';
export { presentTruckRequest, TruckRequestView } from './truck-request.view.ts';
export { TruckServiceModule, type TruckServiceOptions } from './truck-service.module.ts';
export { truckRequestMigrations } from './migrations/index.ts';
export {
  type InstalledTruckRequest,
  installTruckRequest,
  uninstallTruckRequest,
} from './migrations/v1/truck-requests.sql.ts';
