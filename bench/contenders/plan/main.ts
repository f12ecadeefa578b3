import { BookingRepository } from '../../../apps/booking-service/src/booking/booking.repository.ts';
import { runContender } from '../contender.app.ts';
import { CreateController, CreateService } from '../create.controller.ts';
import { ActiveRequestRepository } from './active-request.repository.ts';
import { PlanService } from './plan.service.ts';

await runContender('plan', CreateController, [
  BookingRepository,
  ActiveRequestRepository,
  { provide: CreateService, useClass: PlanService },
]);
