import { runContender } from '../contender.app.ts';
import { CreateController, CreateService } from '../create.controller.ts';
import { OneRowRepository } from '../one-row.repository.ts';
import { BareService } from './bare.service.ts';

await runContender('bare', CreateController, [
  OneRowRepository,
  { provide: CreateService, useClass: BareService },
]);
