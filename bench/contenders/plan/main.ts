import { runContender } from '../contender.app.ts';
import { CreateController, CreateService } from '../create.controller.ts';
import { OneRowRepository } from '../one-row.repository.ts';
import { ActiveRequestRepository } from './active-request.repository.ts';
import { PlanService } from './plan.service.ts';

await runContender('plan', CreateController, [
  OneRowRepository,
  ActiveRequestRepository,
  { provide: CreateService, useClass: PlanService },
]);
