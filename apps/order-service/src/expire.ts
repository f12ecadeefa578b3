import { runExpiry } from '@app/truck-requests';
import { AppModule } from './app.module.ts';
import { ORDER } from './order/order.entity.ts';

await runExpiry(AppModule.forRoot(false), ORDER);
