import { runExpiry } from '@app/truck-requests';
import { AppModule } from './app.module.ts';
import { BOOKING } from './booking/booking.entity.ts';

await runExpiry(AppModule.forRoot(false), BOOKING);
