import { runContender } from '../contender.app.ts';
import { CreateController, CreateService } from '../create.controller.ts';
import { OneRowRepository } from '../one-row.repository.ts';
import { ActiveRequestRepository } from '../plan/active-request.repository.ts';
import { PlanService } from '../plan/plan.service.ts';
import { PreparedActiveRequestRepository } from './prepared-active-request.repository.ts';

await runContender('steps', CreateController, [
  OneRowRepository,
  { provide: ActiveRequestRepository, useClass: PreparedActiveRequestRepository },
  { provide: CreateService, useClass: PlanService },
]);
