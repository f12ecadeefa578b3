import { BookingRepository } from '../../../apps/booking-service/src/booking/booking.repository.ts';
import { runContender } from '../contender.app.ts';
import { CreateController, CreateService } from '../create.controller.ts';
import { BareService } from './bare.service.ts';

await runContender('bare', CreateController, [
  BookingRepository,
  { provide: CreateService, useClass: BareService },
]);
