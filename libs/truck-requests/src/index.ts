export { CreateTruckRequestDto } from './create-truck-request.dto.ts';
export { type Place, PlaceDto } from './place.dto.ts';
export { runExpiry } from './run-expiry.ts';
export { presentTruckRequest, TruckRequest, type TruckRequestView } from './truck-request.entity.ts';
export { TruckServiceModule, type TruckServiceOptions } from './truck-service.module.ts';
